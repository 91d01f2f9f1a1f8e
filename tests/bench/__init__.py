"""How fast Pagebus is and what it costs, side by side with what it is made of: `make bench`."""

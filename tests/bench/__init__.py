"""The benchmark of Pagebus: its speed and its costs compared with those of its parts. `make bench` runs it."""

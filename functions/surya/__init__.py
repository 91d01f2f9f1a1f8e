"""The Surya engine: layout and tables."""

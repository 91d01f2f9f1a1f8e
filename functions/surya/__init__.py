"""The Surya engine, for layout and tables."""

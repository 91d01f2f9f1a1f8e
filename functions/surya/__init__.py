"""The engine for layout and tables."""

"""The engine for formulas and formatted text."""

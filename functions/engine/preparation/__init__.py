"""Measure and correct page images before engines read them. Only sandbox jobs change pixels."""

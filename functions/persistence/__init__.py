"""Persistence: commit outcomes of other functions to PostgreSQL, then publish the resulting events."""

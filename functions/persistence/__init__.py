"""Commits outcomes of other functions to PostgreSQL and publishes the resulting events after the commit."""

"""Queries to PostgreSQL, and outputs from the object store. No other package of the command contains SQL."""

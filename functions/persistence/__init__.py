"""Commits what functions found to PostgreSQL, and only then says so."""

"""Queries to PostgreSQL, and downloads of outputs from the object store. Other packages in `cli/` contain no SQL."""

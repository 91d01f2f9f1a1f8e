"""Readings, which are the results of engines: their data model, their store, and layout analysis."""

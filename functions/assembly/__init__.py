"""Puts a document together from the readings of its pages."""

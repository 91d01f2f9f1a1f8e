"""Intake: identify an uploaded document, count its pages and plan a route of engines for each page."""

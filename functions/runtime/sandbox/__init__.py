"""Sandbox for parsers of documents: each job runs in a short-lived process without files or network."""

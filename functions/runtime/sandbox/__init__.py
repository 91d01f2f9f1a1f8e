"""Sandbox for parsers of documents: each job runs in a short-lived process that can do nothing else."""

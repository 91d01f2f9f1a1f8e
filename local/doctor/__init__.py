"""Checks of `pagebus doctor`: one module per group of checks. Each check is a function that returns findings."""

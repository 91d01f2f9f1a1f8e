"""Uploads of `pagebus submit` and `pagebus eval`: plan, check and transfer files, and wait for their documents."""

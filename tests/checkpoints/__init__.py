"""Tiny models of the real classes, trained to read three German lines. README.md explains what they prove."""

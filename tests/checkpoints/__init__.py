"""Tiny models of the real classes that truly read three German lines. README.md says what they prove and what not."""

"""The `pagebus` command: one module per verb."""

"""The `pagebus` command: one package per command, and four that commands share: shell, queries, stack, uploads."""

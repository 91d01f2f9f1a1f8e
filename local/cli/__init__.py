"""The `pagebus` command: a package per command, and the shared packages `shell`, `queries`, `stack` and `uploads`."""

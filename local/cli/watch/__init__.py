"""The command `pagebus watch`: print events as they are published."""

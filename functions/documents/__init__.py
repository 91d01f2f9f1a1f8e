"""Documents of every kind, opened alike. Only inside the sandbox, but for `model` and `sniff`, which parse nothing."""

"""Modules that all commands share: terminal output, errors, parsers of options, signals and the home folder."""

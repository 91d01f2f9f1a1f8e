"""Terminal helpers that all commands share: output, errors, input formats, signals and the home folder."""

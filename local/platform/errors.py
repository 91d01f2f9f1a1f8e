"""What goes wrong with a platform, in words for who started it."""


class PlatformError(Exception):
    """The text says which part, what was tried and what to do."""

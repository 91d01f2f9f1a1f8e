"""The error of a platform that cannot be started or used."""


class PlatformError(Exception):
    """An error whose text names the server, what was tried and what to do next."""

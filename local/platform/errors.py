"""The error of a platform that cannot be started or used."""


class PlatformError(Exception):
    """An error whose text names the server and the failed action, and gives advice."""

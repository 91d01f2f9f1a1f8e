"""Errors that end a command with a message for the user and an exit code."""

from typing import ClassVar


class CommandError(Exception):
    """An error whose text is shown to the user: what happened, and what to do next, in one or two lines."""

    #: The exit code of the process.
    exit_code: ClassVar[int]


class CommandFailedError(CommandError):
    """A valid command that failed, for example because a server does not answer."""

    exit_code = 1


class UsageError(CommandError):
    """A command that cannot work as it was given."""

    exit_code = 2

"""Errors that end a command with a message for the user and an exit code."""

from typing import ClassVar


class CommandError(Exception):
    """An error with a message for the user: the problem and the next step, in one or two lines."""

    #: The exit code of the process.
    exit_code: ClassVar[int]


class CommandFailedError(CommandError):
    """The failure of a valid command, for example because a server does not answer."""

    exit_code = 1


class UsageError(CommandError):
    """An invalid option or argument, or options that contradict each other."""

    exit_code = 2

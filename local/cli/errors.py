"""How a verb ends when it does not succeed: what happened and what to do next, in one or two lines."""

from typing import ClassVar


class CommandError(Exception):
    """The text goes to the user, the code to the shell."""

    exit_code: ClassVar[int]


class Failed(CommandError):  # noqa: N818  # it names how the command ended
    """It could have worked, and did not."""

    exit_code = 1


class Impossible(CommandError):  # noqa: N818  # see Failed
    """It cannot work as asked."""

    exit_code = 2

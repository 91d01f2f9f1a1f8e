"""Text from outside on a terminal."""

from collections.abc import Callable

from typer.testing import Result

from local.cli.shell.screen import make_printable

Command = Callable[..., Result]


def test_control_characters_become_blanks() -> None:
    assert make_printable("a\x1b]0;owned\x07\n\tß\x9b") == "a ]0;owned \n\tß "

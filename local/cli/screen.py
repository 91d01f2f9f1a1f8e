"""What people see: progress on stderr, results on stdout."""

import json
import logging
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
#: Names a piece of work while it is done.
Step = Callable[[str], AbstractContextManager[None]]

# A file or a pipe has no width to fold a table into.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
notes = Console(stderr=True, highlight=False, soft_wrap=True)


def hush() -> None:
    """What the platform and the twin log is for their logs; here a verb speaks for itself."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show that it goes on, then how long it took."""
    begun = time.monotonic()
    with notes.status(name):
        yield
    notes.print(f"[green]✓[/green] {name} [dim]{time.monotonic() - begun:.1f} s[/dim]")


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def printable(text: str) -> str:
    """Text from a stranger for a terminal: a control character could command it."""
    return "".join(mark if mark in "\n\t" or unicodedata.category(mark) != "Cc" else " " for mark in text)

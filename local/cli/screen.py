"""What people see: progress on stderr, results on stdout."""

import json
import logging
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
#: Names a piece of work while it is done.
Step = Callable[[str], AbstractContextManager[None]]

_UNPRINTABLE = {"Cc", "Cs"}

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


def print_json(value: Any, *, indent: int | None = 1) -> None:
    """With an `indent` for people, without one as a line of many."""
    # Half of a surrogate pair, which JSON can escape, has no UTF-8.
    typer.echo(json.dumps(value, ensure_ascii=False, indent=indent).encode(errors="replace"))


def printable(text: str) -> str:
    """Text from a stranger for a terminal: a control character could command it, half a character end us."""
    return "".join(mark if mark in "\n\t" or unicodedata.category(mark) not in _UNPRINTABLE else " " for mark in text)


def one_line(text: str, longest: int) -> str:
    """The same, where a line is all there is."""
    told = " ".join(printable(text).split())
    return told if len(told) <= longest else f"{told[: longest - 1]}…"


def some(names: Sequence[str], most: int = 5) -> str:
    """As many names as a line has room for, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{printable(', '.join(names[:most]))}{more}"


def table(columns: str, rows: Iterable[Iterable[object]]) -> Table:
    """Rows under these columns, separated by blanks; None is an empty cell."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns.split():
        made.add_column(column, overflow="fold")
    for row in rows:
        # Text and not str: a key is a stranger's, and no markup.
        made.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in row))
    return made


def clock(moment: datetime) -> str:
    """The time of day; of another day than today, the day too."""
    here, now = moment.astimezone(), datetime.now(UTC).astimezone()
    return f"{here:%H:%M:%S}" if here.date() == now.date() else f"{here:%Y-%m-%d %H:%M:%S}"

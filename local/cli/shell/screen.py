"""Terminal output: progress and notes on stderr, results on stdout."""

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

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
#: Reports the step with this name as in progress until the context ends.
StepReporter = Callable[[str], AbstractContextManager[None]]

# Control characters and halves of surrogate pairs.
_UNPRINTABLE = {"Cc", "Cs"}

# A file or a pipe has no width into which a table must fit.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
notes = Console(stderr=True, highlight=False, soft_wrap=True)


def silence_logs() -> None:
    """Hide log messages below the level ERROR: commands print their own messages."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


@contextmanager
def show_step(name: str) -> Iterator[None]:
    """Show a spinner while the context lasts, then the name and the seconds that it took."""
    started = time.monotonic()
    with notes.status(name):
        yield
    notes.print(f"[green]✓[/green] {name} [dim]{time.monotonic() - started:.1f} s[/dim]")


def print_json(value: Any, *, indent: int | None = 1) -> None:
    """Print a value as JSON on stdout; without an `indent` it is a single line."""
    # JSON can escape one half of a surrogate pair, which UTF-8 cannot encode.
    typer.echo(json.dumps(value, ensure_ascii=False, indent=indent).encode(errors="replace"))


def print_content(content: bytes) -> None:
    """Print the bytes of a document's output: unchanged to a file or pipe, made printable to a terminal."""
    if sys.stdout.isatty():
        typer.echo(make_printable(content.decode().replace("\f", "\n")))
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def make_printable(text: str) -> str:
    """Return the text with a blank for each character that could control the terminal or cannot be encoded.

    Newlines and tabs stay. Use it for all text that comes from outside Pagebus.
    """
    return "".join(mark if mark in "\n\t" or unicodedata.category(mark) not in _UNPRINTABLE else " " for mark in text)


def shorten_to_line(text: str, longest: int) -> str:
    """Return the printable text as one line of at most `longest` characters."""
    line = " ".join(make_printable(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def summarize_names(names: Sequence[str], most: int = 5) -> str:
    """Return the first `most` names, separated by commas, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{make_printable(', '.join(names[:most]))}{more}"


def build_table(columns: str, rows: Iterable[Iterable[object]]) -> Table:
    """Return a table; `columns` are names separated by blanks, and None is an empty cell."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns.split():
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text instead of str: an object key may contain markup, and it must not take effect.
        table.add_row(*(Text("" if cell is None else make_printable(str(cell))) for cell in row))
    return table


def format_time(moment: datetime) -> str:
    """Return the local time of day, with the date unless it is today."""
    local, now = moment.astimezone(), datetime.now(UTC).astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.date() else f"{local:%Y-%m-%d %H:%M:%S}"


def format_duration(seconds: float) -> str:
    """Return a duration, rounded to the largest unit that it contains at least twice: 119 s, 8 min, 2 d."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def format_ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as ranges, such as `1-3, 7`."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    return ", ".join("-".join(map(str, bounds)) for bounds in ranges)

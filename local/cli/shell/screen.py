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
#: Returns a context for the step with this name. The user sees that the step is in progress until the context ends.
StepReporter = Callable[[str], AbstractContextManager[None]]

# The Unicode categories of control characters and of halves of surrogate pairs.
_UNPRINTABLE = {"Cc", "Cs"}

# A file or a pipe has no width, so tables get enough space for long names.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
notes = Console(stderr=True, highlight=False, soft_wrap=True)


def silence_logs() -> None:
    """Hide log messages below the level ERROR, because commands print their own messages."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


@contextmanager
def show_step(name: str) -> Iterator[None]:
    """Show a spinner with the name of a step during the context. After it, print the name and the duration."""
    started = time.monotonic()
    with notes.status(name):
        yield
    notes.print(f"[green]✓[/green] {name} [dim]{time.monotonic() - started:.1f} s[/dim]")


def print_json(value: Any, *, indent: int | None = 1) -> None:
    """Print a value as JSON on stdout, on a single line if `indent` is None."""
    # JSON from outside can contain half of a surrogate pair, which UTF-8 cannot encode.
    typer.echo(json.dumps(value, ensure_ascii=False, indent=indent).encode(errors="replace"))


def print_content(content: bytes) -> None:
    """Print a document's output, in UTF-8. On a terminal, replace characters that could control the terminal."""
    if sys.stdout.isatty():
        typer.echo(make_printable(content.decode().replace("\f", "\n")))
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def make_printable(text: str) -> str:
    """Return the text with a space for each character that could control the terminal or cannot be encoded.

    Newlines and tabs are not replaced. Call this function for all text that comes from outside Pagebus.
    """
    return "".join(
        character if character in "\n\t" or unicodedata.category(character) not in _UNPRINTABLE else " "
        for character in text
    )


def shorten_to_line(text: str, max_characters: int) -> str:
    """Return the text as one printable line. If it is longer than `max_characters`, cut it and add an ellipsis."""
    line = " ".join(make_printable(text).split())
    return line if len(line) <= max_characters else f"{line[: max_characters - 1]}…"


def summarize_names(names: Sequence[str], max_names: int = 5) -> str:
    """Return the first `max_names` names, separated by commas, and the number of the other names, if any."""
    suffix = f" and {len(names) - max_names} more" if len(names) > max_names else ""
    return f"{make_printable(', '.join(names[:max_names]))}{suffix}"


def build_table(columns: str, rows: Iterable[Iterable[object]]) -> Table:
    """Return a table. `columns` has the names of the columns, separated by spaces. A cell that is None is empty."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns.split():
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text instead of str, so that Rich does not interpret markup in an object key.
        table.add_row(*(Text("" if cell is None else make_printable(str(cell))) for cell in row))
    return table


def format_time(timestamp: datetime) -> str:
    """Return the time in the local time zone as HH:MM:SS, with the date before it if the date is not today's."""
    local_time, now = timestamp.astimezone(), datetime.now(UTC).astimezone()
    return f"{local_time:%H:%M:%S}" if local_time.date() == now.date() else f"{local_time:%Y-%m-%d %H:%M:%S}"


def format_duration(seconds: float) -> str:
    """Return a duration in the largest unit in which it is at least 2, or else in seconds: 119 s, 8 min or 2 d."""
    for unit, unit_seconds in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * unit_seconds:
            return f"{seconds / unit_seconds:.0f} {unit}"
    return f"{seconds:.0f} s"


def format_ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as a text with ranges: [1, 2, 3, 7] becomes `1-3, 7`."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    return ", ".join("-".join(map(str, bounds)) for bounds in ranges)

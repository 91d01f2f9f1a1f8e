"""A trace on a terminal: a line and a bar per span."""

from collections.abc import Collection, Sequence

from rich.bar import Bar
from rich.table import Table
from rich.text import Text

from local.cli.screen import printable
from local.telemetry.kinds import Kind
from local.telemetry.tree import Line

_NANO = 1_000_000_000
# So much of the width is to be seen of the shortest span.
_THINNEST = 1 / 200


def waterfall(lines: Sequence[Line], path: Collection[str]) -> Table:
    """`path` are the ids of the spans that held the document up."""
    begun, ended = min(line.start for line in lines), max(line.end for line in lines)
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    for column in ("span", "service"):
        table.add_column(column, no_wrap=True, overflow="ellipsis")
    for column in ("start", "seconds"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", ratio=1)
    for line in lines:
        style = _style(line, path)
        cells = [_name(line), line.spans[0].service, _seconds(line.start - begun), f"{line.seconds:.3f}"]
        table.add_row(*(Text(printable(cell), style) for cell in cells), _bar(line, begun, ended - begun, style))
    return table


def kinds(seconds: dict[Kind, float]) -> Table:
    """Where the time went, the most first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("where the time went")
    for column in ("seconds", "share"):
        table.add_column(column, justify="right")
    whole = sum(seconds.values())
    for kind, took in sorted(seconds.items(), key=lambda item: -item[1]):
        table.add_row(kind, f"{took:.3f}", f"{took / whole:.1%}")
    return table


def _name(line: Line) -> str:
    span = line.spans[0]
    if len(line.spans) > 1:
        failures = sum(one.failed for one in line.spans)
        return f"{len(line.spans)} x {span.name}{f' ! {failures} failed' if failures else ''}"
    page = span.attributes.get("pagebus.page")
    told = span.name if page is None else f"{span.name} [{page}]"
    return " " * line.depth + told + (f" ! {span.attributes.get('error.type', 'failed')}" if span.failed else "")


def _style(line: Line, path: Collection[str]) -> str:
    if any(span.failed for span in line.spans):
        return "red"
    return "bold cyan" if len(line.spans) == 1 and line.spans[0].span_id in path else "default"


def _bar(line: Line, begun: int, whole: int, style: str) -> Bar:
    thinnest = whole * _THINNEST
    start = min(line.start - begun, whole - thinnest)
    end = max(line.end - begun, start + thinnest)
    return Bar(max(whole, 1), start, end, color=style.rpartition(" ")[2])


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / _NANO:.3f}"

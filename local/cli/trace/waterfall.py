"""Terminal tables of a trace: the waterfall with a bar per span, and the time by kind of work."""

from collections.abc import Collection, Sequence

from rich.bar import Bar
from rich.table import Table
from rich.text import Text

from local.cli.shell.screen import make_printable
from local.telemetry.activities import Activity
from local.telemetry.tree import TraceLine

_NS_PER_SECOND = 1_000_000_000
# No bar is shorter than this share of the width, so that every bar is visible.
_SHORTEST_BAR = 1 / 200


def build_waterfall(lines: Sequence[TraceLine], critical_path: Collection[str]) -> Table:
    """Return a table with a row and a bar per line. `critical_path` has the ids of the spans to highlight."""
    start, end = min(line.start for line in lines), max(line.end for line in lines)
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    for column in ("span", "service"):
        table.add_column(column, no_wrap=True, overflow="ellipsis")
    for column in ("start", "seconds"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", ratio=1)
    for line in lines:
        style = _choose_style(line, critical_path)
        cells = [_format_name(line), line.spans[0].service, _format_seconds(line.start - start), f"{line.seconds:.3f}"]
        bar = _build_bar(line, start, end - start, style)
        table.add_row(*(Text(make_printable(cell), style) for cell in cells), bar)
    return table


def build_time_table(seconds: dict[Activity, float]) -> Table:
    """Return a table with the seconds and the share of each kind of work, the largest first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("where the time went")
    for column in ("seconds", "share"):
        table.add_column(column, justify="right")
    total = sum(seconds.values())
    for kind, kind_seconds in sorted(seconds.items(), key=lambda activity_seconds: -activity_seconds[1]):
        table.add_row(kind, f"{kind_seconds:.3f}", f"{kind_seconds / total:.1%}")
    return table


def _format_name(line: TraceLine) -> str:
    span = line.spans[0]
    if len(line.spans) > 1:
        failures = sum(span.has_failed for span in line.spans)
        return f"{len(line.spans)} x {span.name}{f' ! {failures} failed' if failures else ''}"
    page = span.attributes.get("pagebus.page")
    name = span.name if page is None else f"{span.name} [{page}]"
    return " " * line.depth + name + (f" ! {span.attributes.get('error.type', 'failed')}" if span.has_failed else "")


def _choose_style(line: TraceLine, critical_path: Collection[str]) -> str:
    if any(span.has_failed for span in line.spans):
        return "red"
    return "bold cyan" if len(line.spans) == 1 and line.spans[0].span_id in critical_path else "default"


def _build_bar(line: TraceLine, trace_start: int, trace_length: int, style: str) -> Bar:
    """Return the bar of a line. `trace_start` and `trace_length` are in nanoseconds."""
    shortest = trace_length * _SHORTEST_BAR
    start = min(line.start - trace_start, trace_length - shortest)
    end = max(line.end - trace_start, start + shortest)
    return Bar(max(trace_length, 1), start, end, color=style.rpartition(" ")[2])


def _format_seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / _NS_PER_SECOND:.3f}"

"""The table of functions in `pagebus status`: their replicas, and the lag and failed deliveries of their sources."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from rich.table import Table

from local.cli.shell.screen import build_table
from local.twin.state import FunctionState, SourceState, TwinState

_COLUMNS = "function rev state ready queue flight lag retry dead lost"
# Larger numbers have a suffix (k or M), so that the table fits into a terminal of 80 columns.
_LARGE_NUMBER = 10_000


@dataclass(frozen=True)
class FunctionSummary:
    """A function of the twin, with sums over the KafkaSources that deliver to this function.

    `lag` is the number of events that are not processed yet. The other counts are those since the twin started:
    repeated deliveries, dead letters and lost events.
    """

    function: FunctionState
    lag: int
    retries: int
    dead_letters: int
    lost: int

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as JSON-serializable values."""
        values = asdict(self)
        function = values.pop("function")
        del function["host"], function["failure"]
        return {**function, "state": get_function_state(self.function), **values}


def summarize_functions(twin_state: TwinState) -> list[FunctionSummary]:
    """Return a summary of each function of the twin."""
    return [_sum_sources(function, twin_state.sources) for function in twin_state.functions]


def build_function_table(functions: Iterable[FunctionSummary]) -> Table:
    """Return a table with a row per function. The table fits into a terminal of 80 columns."""
    return build_table(_COLUMNS, map(_format_cells, functions))


def get_function_state(function: FunctionState) -> str:
    """Return the state of a function: `failing`, `awake`, `waking` (a replica starts) or `asleep` (no replica)."""
    if function.failure:
        return "failing"
    if function.ready:
        return "awake"
    return "asleep" if function.is_idle else "waking"


def _sum_sources(function: FunctionState, sources: Iterable[SourceState]) -> FunctionSummary:
    function_sources = [source for source in sources if urlsplit(source.sink).hostname == function.host]
    return FunctionSummary(
        function=function,
        lag=sum(source.lag for source in function_sources),
        retries=sum(source.retries for source in function_sources),
        dead_letters=sum(source.dead_letters for source in function_sources),
        lost=sum(source.lost for source in function_sources),
    )


def _format_cells(summary: FunctionSummary) -> Iterator[object]:
    function, state = summary.function, get_function_state(summary.function)
    yield function.name
    yield function.revision.rpartition("-")[2].lstrip("0")
    yield "panic" if function.is_panicking and state in {"awake", "waking"} else state
    yield f"{function.ready}/{function.desired}"
    counts = (function.queue_length, function.in_flight)
    sums = (summary.lag, summary.retries, summary.dead_letters, summary.lost)
    yield from map(_shorten_number, (*counts, *sums))


def _shorten_number(count: int) -> str:
    """Return the number as text. A number from 10,000 is in thousands (k) or millions (M), rounded down."""
    if count < _LARGE_NUMBER:
        return str(count)
    return f"{count // 1000}k" if count < 1000 * _LARGE_NUMBER else f"{count // 1_000_000}M"

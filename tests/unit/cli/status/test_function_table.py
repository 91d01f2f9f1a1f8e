"""The table of functions in `pagebus status`."""

from dataclasses import replace
from io import StringIO
from typing import Any

from rich.console import Console

from local.cli.status.function_table import FunctionSummary, build_function_table, summarize_functions
from local.twin.services.limits import Limits
from local.twin.state import FunctionState, SourceState, TwinState

HOST = "persistence.default.svc.cluster.local"
FUNCTION = FunctionState(
    name="persistence",
    revision="persistence-00001",
    host=HOST,
    desired=12,
    ready=10,
    is_panicking=True,
    queue_length=9999,
    in_flight=10,
    limits=Limits(memory=1 << 29),
)
OUTCOMES = SourceState(
    "outcomes", "pagebus.outcomes", "pagebus-persistence", f"http://{HOST}", lag=12_345, retries=2, dead_letters=1
)
OTHER = SourceState("ping", "pings", "other", "http://other.default.svc.cluster.local", lag=9)


def summarize(**changes: Any) -> FunctionSummary:
    sources = (OUTCOMES, replace(OUTCOMES, name="more", lag=5), OTHER)
    [summary] = summarize_functions(TwinState((replace(FUNCTION, **changes),), sources))
    return summary


def render(width: int, *functions: FunctionSummary) -> list[str]:
    output = StringIO()
    Console(file=output, width=width).print(build_function_table(functions))
    return output.getvalue().splitlines()


def test_function_summary_has_the_sums_of_its_sources() -> None:
    assert summarize().as_dict() == {
        "name": "persistence",
        "revision": "persistence-00001",
        "state": "awake",
        "desired": 12,
        "ready": 10,
        "is_panicking": True,
        "queue_length": 9999,
        "in_flight": 10,
        "limits": {"memory": 1 << 29, "cpu": None},
        "lag": 12_350,
        "retries": 4,
        "dead_letters": 2,
        "lost": 0,
    }


def test_row_of_a_busy_function_fits_80_columns() -> None:
    head, row = render(80, summarize())
    assert head.split() == ["function", "rev", "state", "ready", "queue", "flight", "lag", "retry", "dead", "lost"]
    assert row.split() == ["persistence", "1", "panic", "10/12", "9999", "10", "12k", "4", "2", "0"]


def test_panic_is_shown_only_for_functions_that_do_not_fail() -> None:
    assert "failing" in render(80, summarize(failure="ended with status 2"))[1]
    assert "awake" in render(80, summarize(is_panicking=False))[1]

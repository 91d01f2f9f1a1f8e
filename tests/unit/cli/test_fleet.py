"""Functions as `pagebus status` shows them."""

from io import StringIO
from typing import Any

from rich.console import Console

from local.cli import fleet

FUNCTION = {
    "name": "persistence",
    "revision": "persistence-00001",
    "host": "persistence.default.svc.cluster.local",
    "desired": 12,
    "ready": 10,
    "panic": True,
    "queue": 9999,
    "in_flight": 10,
    "failing": None,
    "limits": {"memory": 1 << 29, "cpu": None},
}
SOURCE = {"sink": "http://persistence.default.svc.cluster.local", "retries": 2, "dead_letters": 1, "lost": 0}
BEHIND = [SOURCE | {"name": "outcomes", "lag": 12_345}, SOURCE | {"name": "more", "lag": 5}]
OTHERS = {"name": "ping", "sink": "http://other.default.svc.cluster.local", "lag": 9}


def told(**of_function: object) -> dict[str, Any]:
    (found,) = fleet.told({"functions": [FUNCTION | of_function], "sources": [*BEHIND, OTHERS]})
    return found


def printed(width: int, *functions: dict[str, Any]) -> list[str]:
    paper = StringIO()
    Console(file=paper, width=width).print(fleet.shown(functions))
    return paper.getvalue().splitlines()


def test_a_function_has_the_sums_of_the_sources_that_feed_it() -> None:
    assert told() == {
        "name": "persistence",
        "revision": "persistence-00001",
        "state": "awake",
        "desired": 12,
        "ready": 10,
        "panic": True,
        "queue": 9999,
        "in_flight": 10,
        "limits": {"memory": 1 << 29, "cpu": None},
        "lag": 12_350,
        "retries": 4,
        "dead_letters": 2,
        "lost": 0,
    }


def test_a_row_fits_a_terminal_of_80_columns_even_when_all_is_busy() -> None:
    head, row = printed(80, told())
    assert head.split() == ["function", "rev", "state", "ready", "queue", "flight", "lag", "retry", "dead", "lost"]
    assert row.split() == ["persistence", "1", "panic", "10/12", "9999", "10", "12k", "4", "2", "0"]


def test_panic_is_told_of_what_is_not_failing() -> None:
    assert "failing" in printed(80, told(failing="ended with status 2"))[1]
    assert "awake" in printed(80, told(panic=False))[1]

"""Functions as `pagebus status` shows them: how far each is scaled, and how it fares with what comes to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from rich.table import Table

from local.cli.awaited import standing
from local.cli.screen import table

_OF_FUNCTION = ("name", "revision", "desired", "ready", "panic", "queue", "in_flight", "limits")
_OF_SOURCES = ("lag", "retries", "dead_letters", "lost")
_COLUMNS = "function rev state ready queue flight lag retry dead lost"
_MANY = 10_000


def told(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each function of what the twin says, with the sums over the sources that feed it; for programs."""
    return [
        {**{name: one.get(name) for name in _OF_FUNCTION}, "state": standing(one), **_fed(one, said["sources"])}
        for one in said["functions"]
    ]


def shown(functions: Iterable[Mapping[str, Any]]) -> Table:
    """A row for each, narrow enough for a terminal of 80 columns."""
    return table(_COLUMNS, map(_cells, functions))


def _fed(function: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    feeding = [source for source in sources if urlsplit(source.get("sink", "")).hostname == function.get("host")]
    return {name: sum(source[name] or 0 for source in feeding) for name in _OF_SOURCES}


def _cells(one: Mapping[str, Any]) -> Iterator[object]:
    yield one["name"]
    yield one["revision"].rpartition("-")[2].lstrip("0")
    yield "panic" if one["panic"] and one["state"] in {"awake", "waking"} else one["state"]
    yield f"{one['ready']}/{one['desired']}"
    yield from (_short(one[name] or 0) for name in ("queue", "in_flight", *_OF_SOURCES))


def _short(count: int) -> str:
    """As much of a large number as matters."""
    if count < _MANY:
        return str(count)
    return f"{count // 1000}k" if count < 1000 * _MANY else f"{count // 1_000_000}M"

"""What is looked at again and again: it stays in its place, or, where that cannot be, is printed at every change."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from local.cli.errors import Failed
from local.cli.screen import out, print_json

_PAUSE_S = 1.0


@dataclass(frozen=True)
class Snapshot:
    """`told` for programs, and to see whether anything changed; `shown` for people; `over` when nothing will change."""

    told: Any
    shown: Sequence[RenderableType]
    over: bool = False


def follow(look: Callable[[], Snapshot], *, as_json: bool) -> None:
    """Show it until it is over. Raises Failed where the first look fails; later ones are shown and tried again."""
    snapshots = _snapshots(look)
    if as_json:
        for snapshot in _changes(snapshots):
            print_json(snapshot.told, indent=None)
    elif out.is_terminal:
        _in_place(snapshots)
    else:
        for snapshot in _changes(snapshots):
            out.print(_headed(snapshot))


def _snapshots(look: Callable[[], Snapshot]) -> Iterator[Snapshot]:
    yield (snapshot := look())
    while not snapshot.over:
        time.sleep(_PAUSE_S)
        snapshot = _tried(look)
        yield snapshot


def _tried(look: Callable[[], Snapshot]) -> Snapshot:
    try:
        return look()
    except Failed as error:
        return Snapshot({"error": str(error)}, [Text(str(error), style="red")])


def _changes(snapshots: Iterator[Snapshot]) -> Iterator[Snapshot]:
    last = None
    for snapshot in snapshots:
        if snapshot.told != last:
            last = snapshot.told
            yield snapshot


def _in_place(snapshots: Iterator[Snapshot]) -> None:
    first = next(snapshots)
    with Live(_headed(first), console=out, auto_refresh=False) as live:
        for snapshot in snapshots:
            live.update(_headed(snapshot), refresh=True)


def _headed(snapshot: Snapshot) -> Group:
    return Group(Text(f"{time.strftime('%H:%M:%S')}", style="dim"), *snapshot.shown)

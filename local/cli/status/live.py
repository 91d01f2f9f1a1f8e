"""A display of a status that changes: updated in place on a terminal, otherwise printed again after each change."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from local.cli.shell.errors import CommandFailedError
from local.cli.shell.screen import out, print_json

_INTERVAL_S = 1.0


@dataclass(frozen=True)
class Snapshot:
    """A status at one moment.

    `data` has the status as JSON-serializable values, and `renderables` are the parts to print on a terminal. The
    status has changed if `data` differs. `is_final` is True if the status can no longer change.
    """

    data: Any
    renderables: Sequence[RenderableType]
    is_final: bool = False


def show_changes(take_snapshot: Callable[[], Snapshot], *, as_json: bool) -> None:
    """Take a snapshot every second and show the changes, until a snapshot is final.

    Raise CommandFailedError if the first call of `take_snapshot` raises it. Show the errors of later calls.
    """
    snapshots = _take_snapshots(take_snapshot)
    if as_json:
        for snapshot in _select_changes(snapshots):
            print_json(snapshot.data, indent=None)
    elif out.is_terminal:
        _show_in_place(snapshots)
    else:
        for snapshot in _select_changes(snapshots):
            out.print(_render_with_time(snapshot))


def _take_snapshots(take_snapshot: Callable[[], Snapshot]) -> Iterator[Snapshot]:
    yield (snapshot := take_snapshot())
    while not snapshot.is_final:
        time.sleep(_INTERVAL_S)
        snapshot = _take_snapshot_or_error(take_snapshot)
        yield snapshot


def _take_snapshot_or_error(take_snapshot: Callable[[], Snapshot]) -> Snapshot:
    try:
        return take_snapshot()
    except CommandFailedError as error:
        return Snapshot({"error": str(error)}, [Text(str(error), style="red")])


def _select_changes(snapshots: Iterator[Snapshot]) -> Iterator[Snapshot]:
    last_data = None
    for snapshot in snapshots:
        if snapshot.data != last_data:
            last_data = snapshot.data
            yield snapshot


def _show_in_place(snapshots: Iterator[Snapshot]) -> None:
    first = next(snapshots)
    with Live(_render_with_time(first), console=out, auto_refresh=False) as live:
        for snapshot in snapshots:
            live.update(_render_with_time(snapshot), refresh=True)


def _render_with_time(snapshot: Snapshot) -> Group:
    return Group(Text(f"{time.strftime('%H:%M:%S')}", style="dim"), *snapshot.renderables)

"""A running twin under the recorded loads `13-*`, all at once: replicas over time as the real Knative had them."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.twin.load import Load
from tests.e2e.twin.rig import Rig
from tests.kit import eventually
from tests.parity.ticks import read

_PREFIX = "autoscaling.knative.dev/"
_TWO_TICKS = 4.1
# Of a scale-up: what a busy machine takes to take in a burst.
_LATE = 1.0
RECORDINGS = {
    path.stem: recording
    for path in sorted(Path(os.environ["PAGEBUS_GOLDEN"]).glob("13-*.json"))
    if (recording := read(path)).is_whole
}


@dataclass(frozen=True)
class Live:
    rig: Rig
    begun: float


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    rig = Rig(tmp_path_factory.mktemp("live"))
    for name, recording in RECORDINGS.items():
        told = recording.template["metadata"]["annotations"].items()
        scaling = {
            "initial-scale": "1",
            "target-utilization-percentage": "70",
            **{key.removeprefix(_PREFIX): text for key, text in told},
        }
        rig.service(name, scaling, timeout=300)
    rig.start()
    # As in the recordings: the revisions are known, and at zero.
    eventually(lambda: all(_ended(rig, name) for name in RECORDINGS), within=120, what="all of them at zero")
    begun = time.time()
    loads = [threading.Thread(target=_loaded, args=(rig, name)) for name in RECORDINGS]
    for load in loads:
        load.start()
    yield Live(rig, begun)
    for load in loads:
        load.join()
    rig.end()


def _loaded(rig: Rig, name: str) -> None:
    recording = RECORDINGS[name]
    seconds = recording.load["seconds"] - (recording.scalings()[0][0] - recording.began)
    workers, apart = recording.load["closed_loop_workers"], recording.load["start_one_worker_every_s"]
    with Load(rig.told()["urls"][name], workers, recording.load["work_ms"] / 1000, apart):
        time.sleep(seconds)


@pytest.mark.parametrize("name", RECORDINGS)
def test_replicas_over_time_are_within_two_ticks_of_what_was_recorded(live: Live, name: str) -> None:
    changes = eventually(lambda: _ended(live.rig, name, live.begun), within=200, what="zero again")
    played = [(change["time"] - changes[0]["time"], change["to"]) for change in changes]
    real = RECORDINGS[name].scalings()
    recorded = [(at - real[0][0], count) for at, count in real]
    for at in (moment / 2 for moment in range(int(2 * max(played[-1][0], recorded[-1][0])) + 10)):
        near = {count for since, count in recorded if abs(at - since) <= _TWO_TICKS + _LATE}
        near |= {_at(recorded, at), _at(recorded, at - _TWO_TICKS - _LATE)}
        assert min(near) <= _at(played, at) <= max(near), (at, played, recorded)


def _at(scalings: list[tuple[float, int]], at: float) -> int:
    return next((count for since, count in reversed(scalings) if since <= at), 0)


def _ended(rig: Rig, name: str, since: float = 0.0) -> list[dict[str, Any]]:
    """Every change of its scale since then, once it is at zero."""
    changes = [change for change in rig.state()["scaled"] if change["name"] == name and change["time"] > since]
    return changes if changes and changes[-1]["to"] == 0 else []

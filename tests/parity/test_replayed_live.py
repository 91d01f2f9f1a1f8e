"""A running twin under the recorded loads `13-*`, all at the same time: its replicas follow those of Knative."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.twin.load import Load
from tests.e2e.twin.rig import Rig
from tests.kit import wait_for
from tests.parity.golden import list_recordings
from tests.parity.ticks import load_autoscaler_log

_PREFIX = "autoscaling.knative.dev/"
_TWO_TICKS = 4.1
# Seconds that a busy machine needs to accept a burst, during a scale-up.
_LATE = 1.0
RECORDINGS = {
    name: recording for name in list_recordings("13-") if (recording := load_autoscaler_log(name)).is_complete
}


@dataclass(frozen=True)
class Live:
    rig: Rig
    begun: float


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    rig = Rig(tmp_path_factory.mktemp("live"))
    for name, recording in RECORDINGS.items():
        annotations = recording.template["metadata"]["annotations"].items()
        scaling = {
            "initial-scale": "1",
            "target-utilization-percentage": "70",
            **{key.removeprefix(_PREFIX): text for key, text in annotations},
        }
        rig.add_service(name, scaling, timeout=300)
    rig.start()
    # As in the recordings, all revisions were ready once and are at zero.
    wait_for(
        lambda: all(_list_scaling_to_zero(rig, name) for name in RECORDINGS), within=120, what="all of them at zero"
    )
    begun = time.time()
    loads = [threading.Thread(target=_run_load, args=(rig, name)) for name in RECORDINGS]
    for thread in loads:
        thread.start()
    yield Live(rig, begun)
    for thread in loads:
        thread.join()
    rig.end()


def _run_load(rig: Rig, name: str) -> None:
    recording = RECORDINGS[name]
    seconds = recording.load["seconds"] - (recording.parse_scalings()[0][0] - recording.began)
    workers, apart = recording.load["closed_loop_workers"], recording.load["start_one_worker_every_s"]
    with Load(rig.load_addresses()["urls"][name], workers, recording.load["work_ms"] / 1000, apart):
        time.sleep(seconds)


@pytest.mark.parametrize("name", RECORDINGS)
def test_replicas_follow_the_recording_within_two_ticks(live: Live, name: str) -> None:
    changes = wait_for(lambda: _list_scaling_to_zero(live.rig, name, live.begun), within=200, what="zero again")
    played = [(change["time"] - changes[0]["time"], change["after"]) for change in changes]
    real = RECORDINGS[name].parse_scalings()
    recorded = [(at - real[0][0], count) for at, count in real]
    for at in (moment / 2 for moment in range(int(2 * max(played[-1][0], recorded[-1][0])) + 10)):
        near = {count for since, count in recorded if abs(at - since) <= _TWO_TICKS + _LATE}
        near |= {_get_scale_at(recorded, at), _get_scale_at(recorded, at - _TWO_TICKS - _LATE)}
        assert min(near) <= _get_scale_at(played, at) <= max(near), (at, played, recorded)


def _get_scale_at(scalings: list[tuple[float, int]], at: float) -> int:
    return next((count for since, count in reversed(scalings) if since <= at), 0)


def _list_scaling_to_zero(rig: Rig, name: str, since: float = 0.0) -> list[dict[str, Any]]:
    """Return all scaling events of a function since `since` when it is back at zero, else an empty list."""
    changes = [
        change for change in rig.load_state()["scaling_events"] if change["function"] == name and change["time"] > since
    ]
    return changes if changes and changes[-1]["after"] == 0 else []

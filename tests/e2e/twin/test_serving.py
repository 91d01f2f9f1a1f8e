"""Services under load: scaling up and down, never ready, and temporarily not ready.

All of them run in one twin at the same time, since most of the time goes into Knative's own waits.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.twin.load import Load, request
from tests.e2e.twin.rig import Rig, wait_until

# At a tick, a request may be in flight and the machine may be busy.
_LATE = 3.0
_TICK, _WINDOW = 2.0, 6.0
_SLEEPS = ["sleep", "600"]
_STAYS = {"min-scale": "1", "max-scale": "1"}


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("serving"))
    rig.add_service("burst", {"target-utilization-percentage": "70", "max-scale": "5"})
    rig.add_service("never", {"initial-scale": "1"}, progress_deadline="2s", command=_SLEEPS)
    rig.add_service("asleep", progress_deadline="2s", timeout=3, command=_SLEEPS)
    rig.add_service("plain", _STAYS)
    alive: dict[str, Any] = {"httpGet": {"path": "/alive"}, "periodSeconds": 1}
    rig.add_service("slow", _STAYS, startupProbe={**alive, "failureThreshold": 60})
    rig.add_service("shy", _STAYS, readinessProbe={**alive, "failureThreshold": 1})
    _get_stuck_file(rig, "slow").touch()
    rig.start()
    yield rig
    assert rig.end() == 0


def test_revision_that_is_never_ready_has_no_route(serving: Rig) -> None:
    status, body, seconds = request(_get_address(serving, "never"))
    assert (status, body) == (404, b"")
    assert seconds < 1
    assert "is not ready after 2 s" in wait_until(lambda: serving.load_function("never")["failure"], "it is failing")


def test_startup_probe_delays_the_other_probes(serving: Rig) -> None:
    wait_until(lambda: serving.load_function("plain")["ready"] == 1, "the plain one is ready")
    assert serving.load_function("slow")["ready"] == 0
    _get_stuck_file(serving, "slow").unlink()
    wait_until(lambda: serving.load_function("slow")["ready"] == 1, "the slow one is ready")


def test_unready_replica_gets_no_request_until_ready_again(serving: Rig) -> None:
    wait_until(lambda: serving.load_function("shy")["ready"] == 1, "it is ready")
    _get_stuck_file(serving, "shy").touch()
    wait_until(lambda: serving.load_function("shy")["ready"] == 0, "it is not ready")
    with Load(serving.load_addresses()["urls"]["shy"], 1, 0.0) as load:
        wait_until(lambda: serving.load_function("shy")["queue_length"] == 1, "the request waits")
        assert load.statuses == []
        _get_stuck_file(serving, "shy").unlink()
        assert wait_until(lambda: load.statuses, "the request is answered")[0] == 200


def test_request_without_a_replica_waits_for_the_timeout(serving: Rig) -> None:
    status, body, seconds = request(_get_address(serving, "asleep"))
    assert (status, body) == (504, b"activator request timeout")
    assert 3 <= seconds < 3 + _LATE
    assert serving.load_function("asleep")["desired"] == 1


def test_burst_scales_up_at_once_and_down_in_steps(serving: Rig) -> None:
    with Load(serving.load_addresses()["urls"]["burst"], 20, 0.3) as load:
        wait_until(lambda: serving.load_function("burst")["ready"] == 5, "all replicas work")
        wait_until(lambda: len(load.statuses) > 30, "they do much")
    assert set(load.statuses) == {200}
    changes = wait_until(lambda: _list_scaling_to_zero(serving, "burst"), "it is back at zero")
    times = [change["time"] - changes[0]["time"] for change in changes]
    counts = [change["after"] for change in changes]
    assert counts[0] in {2, 5}
    assert max(times[: counts.index(5) + 1]) < 2 * _TICK + _LATE
    down = counts[counts.index(5) :]
    assert down == sorted(down, reverse=True)
    assert all(after >= before // 2 for before, after in itertools.pairwise(down))


def test_unready_revision_scales_down_30_seconds_after_its_deadline(serving: Rig) -> None:
    wait_until(lambda: serving.load_function("never")["desired"] == 0, "the new revision scales to zero")
    wait_until(lambda: serving.load_function("asleep")["desired"] == 0, "the requested revision scales to zero")
    assert request(_get_address(serving, "never"))[0] == 404


def _get_address(rig: Rig, name: str) -> str:
    return str(urlsplit(rig.load_addresses()["urls"][name]).netloc)


def _get_stuck_file(rig: Rig, name: str) -> Path:
    return rig.folder / f"{name}.stuck"


def _list_scaling_to_zero(rig: Rig, name: str) -> list[dict[str, Any]]:
    """Return all scaling events of a function when it is back at zero, else an empty list."""
    changes = [change for change in rig.load_state()["scaling_events"] if change["function"] == name]
    return changes if changes and changes[-1]["after"] == 0 else []

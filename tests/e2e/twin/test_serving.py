"""Services as their callers meet them: from nothing to many and back, never ready, not ready for a while.

All of them run in one twin at the same time, since most of the time goes into Knative's own waits.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.twin.load import Load, asked
from tests.e2e.twin.rig import Rig, until

# A request may be under way, and the machine may be busy, when a tick comes.
_LATE = 3.0
_TICK, _WINDOW = 2.0, 6.0
_SLEEPS = ["sleep", "600"]
_STAYS = {"min-scale": "1", "max-scale": "1"}


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("serving"))
    rig.service("burst", {"target-utilization-percentage": "70", "max-scale": "5"})
    rig.service("never", {"initial-scale": "1"}, progress_deadline="2s", command=_SLEEPS)
    rig.service("asleep", progress_deadline="2s", timeout=3, command=_SLEEPS)
    rig.service("plain", _STAYS)
    alive: dict[str, Any] = {"httpGet": {"path": "/alive"}, "periodSeconds": 1}
    rig.service("slow", _STAYS, startupProbe={**alive, "failureThreshold": 60})
    rig.service("shy", _STAYS, readinessProbe={**alive, "failureThreshold": 1})
    _stuck(rig, "slow").touch()
    rig.start()
    yield rig
    assert rig.end() == 0


def test_a_new_revision_that_is_never_ready_has_no_route_and_is_given_up(serving: Rig) -> None:
    status, body, seconds = asked(_address(serving, "never"))
    assert (status, body) == (404, b"")
    assert seconds < 1
    assert "is not ready after 2 s" in until(lambda: serving.function("never")["failing"], "it is failing")


def test_a_startup_probe_holds_the_others_back(serving: Rig) -> None:
    until(lambda: serving.function("plain")["ready"] == 1, "the plain one is ready")
    assert serving.function("slow")["ready"] == 0
    _stuck(serving, "slow").unlink()
    until(lambda: serving.function("slow")["ready"] == 1, "the slow one is ready")


def test_a_replica_that_turns_unready_gets_no_request_until_it_is_ready_again(serving: Rig) -> None:
    until(lambda: serving.function("shy")["ready"] == 1, "it is ready")
    _stuck(serving, "shy").touch()
    until(lambda: serving.function("shy")["ready"] == 0, "it is not ready")
    with Load(serving.told()["urls"]["shy"], 1, 0.0) as load:
        until(lambda: serving.function("shy")["queue"] == 1, "the request waits")
        assert load.statuses == []
        _stuck(serving, "shy").unlink()
        assert until(lambda: load.statuses, "the request is answered")[0] == 200


def test_a_caller_of_a_replica_that_never_comes_waits_for_the_whole_timeout(serving: Rig) -> None:
    status, body, seconds = asked(_address(serving, "asleep"))
    assert (status, body) == (504, b"activator request timeout")
    assert 3 <= seconds < 3 + _LATE
    assert serving.function("asleep")["desired"] == 1


def test_a_burst_scales_up_at_once_and_down_in_steps(serving: Rig) -> None:
    with Load(serving.told()["urls"]["burst"], 20, 0.3) as load:
        until(lambda: serving.function("burst")["ready"] == 5, "all replicas work")
        until(lambda: len(load.statuses) > 30, "they do much")
    assert set(load.statuses) == {200}
    changes = until(lambda: _ended(serving, "burst"), "it is back at zero")
    times = [change["time"] - changes[0]["time"] for change in changes]
    counts = [change["to"] for change in changes]
    assert counts[0] in {2, 5}
    assert max(times[: counts.index(5) + 1]) < 2 * _TICK + _LATE
    down = counts[counts.index(5) :]
    assert down == sorted(down, reverse=True)
    assert all(after >= before // 2 for before, after in itertools.pairwise(down))


def test_what_never_became_ready_goes_thirty_seconds_after_its_deadline(serving: Rig) -> None:
    until(lambda: serving.function("never")["desired"] == 0, "the new one is given up")
    until(lambda: serving.function("asleep")["desired"] == 0, "the one that was asked for is given up")
    assert asked(_address(serving, "never"))[0] == 404


def _address(rig: Rig, name: str) -> str:
    return str(urlsplit(rig.told()["urls"][name]).netloc)


def _stuck(rig: Rig, name: str) -> Path:
    return rig.folder / f"{name}.stuck"


def _ended(rig: Rig, name: str) -> list[dict[str, Any]]:
    """Every change of its scale, once it is back at zero."""
    changes = [change for change in rig.state()["scaled"] if change["name"] == name]
    return changes if changes and changes[-1]["to"] == 0 else []

"""The autoscaler's arithmetic against every tick of a real one: the recordings `13-*` of the folder PAGEBUS_GOLDEN."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.twin.services import kpa
from tests.parity.simulated import Simulated
from tests.parity.ticks import Recording, read

_COLD = 6.0  # seconds
_TWO_TICKS = 41  # tenths of a second
RECORDINGS = sorted(Path(os.environ["PAGEBUS_GOLDEN"]).glob("13-*.json"))


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.stem)
def recording(request: pytest.FixtureRequest) -> Recording:
    return read(request.param)


def test_every_average_is_what_was_recorded(recording: Recording) -> None:
    """To the recording's three digits, from what activators and queue-proxies said, at the times at which they did."""
    for tick in recording.ticks():
        assert tick.seen == pytest.approx(tick.said, abs=0.0006), tick


def test_every_tick_wants_what_was_recorded(recording: Recording) -> None:
    """Held to the reconciles, which say what the tick before them wanted, and how much capacity was in excess."""
    decisions = list(_decisions(recording))
    reconciles = [found for found in recording.reconciles() if found.at > decisions[0][0]]
    assert reconciles
    for reconcile in reconciles:
        latest = [decision for at, decision in decisions if at <= reconcile.at][-1]
        assert latest == reconcile.decision, reconcile


def test_every_reconcile_does_what_was_recorded(recording: Recording) -> None:
    """How many replicas are set, from what the last tick wanted and how many are ready."""
    status, since = recording.beginning()
    for reconcile in recording.reconciles():
        now, desired = reconcile.at, reconcile.decision.want
        scale = kpa.scaled(recording.config, status, desired, now, now - since)
        assert scale.want == reconcile.want, reconcile
        status = kpa.settled(recording.config, status, scale.want, reconcile.ready, now)


def test_the_averages_follow_from_the_requests(recording: Recording) -> None:
    """As their callers timed them: on the recorded machine they came up to half a second late, in its cold start later.

    The tolerance is what half a second of all requests makes of a window, and a tenth.
    """
    played = Simulated(recording).play()
    most = max((tick.said[0] for tick in recording.ticks()), default=0.0)
    warm = min((came for came, _ in recording.requests), default=0.0) + recording.config.window + _COLD
    for tick in recording.ticks():
        if tick.at > warm and (seen := played.seen.get(tick.at)):
            late = 0.5 / recording.config.window * most
            assert seen.stable == pytest.approx(tick.said[0], abs=late + 0.1), tick


def test_the_replicas_follow_from_the_requests(recording: Recording) -> None:
    """From zero and back to it, given the requests and what was ready: within two ticks of what was recorded."""
    recorded, played = recording.scalings(), Simulated(recording).play().scalings
    for at in (moment / 2 for moment in range(math.ceil(recorded[0][0] * 2), int(recording.log[-1].at * 2))):
        around = [_at(recorded, at + moved / 10) for moved in range(-_TWO_TICKS, _TWO_TICKS + 1)]
        found = _at(played, at)
        assert min(around) <= found <= max(around), at


def _at(scalings: list[tuple[float, int]], at: float) -> int:
    """How many there were; a log that begins in the middle has what it has first."""
    return next((count for since, count in reversed(scalings) if since <= at), scalings[0][1])


def _decisions(recording: Recording) -> Iterator[tuple[float, kpa.Decision]]:
    state = kpa.State()
    for tick in recording.ticks():
        decision, state = kpa.decided(recording.config, state, kpa.Observed(*tick.seen, tick.ready), tick.at)
        yield tick.at, decision

"""The autoscaling compared with every tick of a real autoscaler: the recordings `13-*`."""

import math
from collections.abc import Iterator

import pytest

from local.twin.services import kpa
from tests.parity.golden import list_recordings
from tests.parity.simulated import Simulation
from tests.parity.ticks import Recording, load_autoscaler_log

_COLD = 6.0  # seconds
_TWO_TICKS = 41  # tenths of a second


@pytest.fixture(params=list_recordings("13-"))
def recording(request: pytest.FixtureRequest) -> Recording:
    return load_autoscaler_log(request.param)


def test_averages_match_the_recording(recording: Recording) -> None:
    """Compare averages of the recorded reports, to the three digits of the recording."""
    for tick in recording.parse_ticks():
        assert tick.closest == pytest.approx(tick.recorded, abs=0.0006), tick


def test_decisions_match_the_recording(recording: Recording) -> None:
    """Compare decisions with the next reconciles, which have their desired scale and excess capacity."""
    decisions = list(_list_decisions(recording))
    reconciles = [found for found in recording.parse_reconciles() if found.at > decisions[0][0]]
    assert reconciles
    for reconcile in reconciles:
        latest = [decision for at, decision in decisions if at <= reconcile.at][-1]
        assert latest == reconcile.decision, reconcile


def test_reconciles_match_the_recording(recording: Recording) -> None:
    """Compare the applied scale for recorded decisions and ready replicas."""
    status, since = recording.get_initial_status()
    for reconcile in recording.parse_reconciles():
        now, desired = reconcile.at, reconcile.decision.desired
        scale = kpa.plan_scale(recording.config, status, desired, now, now - since)
        assert scale.replicas == reconcile.replicas, reconcile
        status = kpa.update_status(recording.config, status, scale.replicas, reconcile.ready, now)


def test_averages_follow_from_the_requests(recording: Recording) -> None:
    """Simulate the requests as timed by their callers.

    On the recording machine they came up to half a second late, and later during its cold start.

    The tolerance is what half a second of all requests makes of a window, and a tenth.
    """
    played = Simulation(recording).play()
    most = max((tick.recorded[0] for tick in recording.parse_ticks()), default=0.0)
    warm = min((came for came, _ in recording.requests), default=0.0) + recording.config.window + _COLD
    for tick in recording.parse_ticks():
        if tick.at > warm and (seen := played.observations.get(tick.at)):
            late = 0.5 / recording.config.window * most
            assert seen.stable == pytest.approx(tick.recorded[0], abs=late + 0.1), tick


def test_replicas_follow_from_the_requests(recording: Recording) -> None:
    """Simulate scaling from zero and back: it is within two ticks of the recording."""
    recorded, played = recording.parse_scalings(), Simulation(recording).play().scalings
    for at in (moment / 2 for moment in range(math.ceil(recorded[0][0] * 2), int(recording.log[-1].at * 2))):
        around = [_get_scale_at(recorded, at + moved / 10) for moved in range(-_TWO_TICKS, _TWO_TICKS + 1)]
        found = _get_scale_at(played, at)
        assert min(around) <= found <= max(around), at


def _get_scale_at(scalings: list[tuple[float, int]], at: float) -> int:
    """Return the scale at a time. A log that starts late has its first known scale before that."""
    return next((count for since, count in reversed(scalings) if since <= at), scalings[0][1])


def _list_decisions(recording: Recording) -> Iterator[tuple[float, kpa.Decision]]:
    state = kpa.ScalingState()
    for tick in recording.parse_ticks():
        decision, state = kpa.decide(recording.config, state, kpa.Observation(*tick.closest, tick.ready), tick.at)
        yield tick.at, decision

"""The autoscaler's arithmetic against every tick of a real one: the recordings `13-*` of the folder PAGEBUS_GOLDEN."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.twin import kpa
from tests.parity.ticks import Recording, read

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


def _decisions(recording: Recording) -> Iterator[tuple[float, kpa.Decision]]:
    state = kpa.State()
    for tick in recording.ticks():
        decision, state = kpa.decided(recording.config, state, kpa.Observed(*tick.seen, tick.ready), tick.at)
        yield tick.at, decision

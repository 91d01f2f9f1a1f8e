"""Test of two twins in the same consumer groups, for half a minute. `make trial` runs the same for ten minutes."""

from pathlib import Path

import pytest

from tests.kit import PagebusStack
from tests.trial.trial import run_trial


@pytest.mark.timeout(360)
def test_faults_of_two_twins_lose_no_events(bus: PagebusStack, tmp_path: Path) -> None:
    outcome = run_trial(tmp_path, bus.environment["KAFKA_BOOTSTRAP_SERVERS"], 30, seed=1, report=print)

    assert (outcome.tally.lost, outcome.tally.out_of_order, outcome.uncommitted) == ((), (), 0)
    assert set(outcome.statuses) == {0}
    assert outcome.tally.sent > 300
    assert outcome.faults["functions killed"]
    assert outcome.faults["twins joined"]

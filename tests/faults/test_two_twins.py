"""Two twins share their groups: half a minute of what `make trial` does for ten."""

from pathlib import Path

import pytest

from tests.kit import Running
from tests.trial.trial import tried


@pytest.mark.timeout(360)
def test_nothing_is_lost_while_twins_join_leave_and_die_and_functions_are_killed(bus: Running, tmp_path: Path) -> None:
    outcome = tried(tmp_path, bus.environment["KAFKA_BOOTSTRAP_SERVERS"], 30, seed=1, say=print)

    assert (outcome.tally.lost, outcome.tally.overtook, outcome.uncommitted) == ((), (), 0)
    assert set(outcome.statuses) == {0}
    assert outcome.tally.sent > 300
    assert outcome.faults["functions killed"]
    assert outcome.faults["twins joined"]

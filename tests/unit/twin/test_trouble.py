"""When a function is said to be failing, and when no longer."""

from pathlib import Path

import pytest

from local.twin.services.trouble import Trouble

LOG = Path("/of/twin/logs/hello-1.log")


def ended(times: int, code: int = 2) -> Trouble:
    trouble = Trouble()
    for second in range(times):
        trouble.ended(code, LOG, float(second))
    return trouble


def test_a_single_end_is_no_trouble() -> None:
    assert ended(1).told(1.0) is None


@pytest.mark.parametrize(("code", "told"), [(2, "ended with status 2"), (-9, "was ended by signal 9")])
def test_a_function_that_keeps_ending_says_how_and_where_to_look(code: int, told: str) -> None:
    assert ended(3, code).told(3.0) == f"{told}, 3 times in a row; see logs/hello-1.log"


def test_a_moment_of_readiness_is_not_enough() -> None:
    trouble = ended(2)
    trouble.ready(3.0)
    assert trouble.told(4.0) is not None
    trouble.ended(2, LOG, 5.0)
    assert "3 times" in (trouble.told(5.0) or "")


def test_a_replica_that_runs_on_ends_the_trouble_and_the_count() -> None:
    trouble = ended(5)
    trouble.ready(10.0)
    assert trouble.told(20.0) is None
    trouble.ended(2, LOG, 30.0)
    assert trouble.told(30.0) is None


def test_a_missed_deadline_is_told_until_a_replica_is_ready() -> None:
    trouble = Trouble()
    trouble.never_ready(600.0, LOG)
    assert trouble.told(700.0) == "is not ready after 600 s; see logs/hello-1.log"
    trouble.ready(700.0)
    assert trouble.told(711.0) is None


def test_what_cannot_be_started_is_told_at_once() -> None:
    trouble = Trouble()
    trouble.cannot_start("no such folder", 0.0)
    assert trouble.told(0.0) == "cannot be started: no such folder"


def test_a_replica_over_its_memory_limit_is_told_at_once() -> None:
    trouble = Trouble()
    trouble.out_of_memory(64 << 20, LOG, 0.0)
    assert trouble.told(0.0) == "was OOMKilled, wanting more than its limit of 64Mi; see logs/hello-1.log"
    trouble.out_of_memory(64 << 20, LOG, 1.0)
    assert "of 64Mi, 2 times in a row; see" in (trouble.told(1.0) or "")

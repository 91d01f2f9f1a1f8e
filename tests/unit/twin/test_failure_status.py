"""The failure of a function, and when it is cleared."""

from pathlib import Path

import pytest

from local.twin.services.failure_status import FailureStatus

LOG = Path("/of/twin/logs/hello-1.log")


def build_ended(times: int, code: int = 2) -> FailureStatus:
    status = FailureStatus()
    for second in range(times):
        status.record_exit(code, LOG, float(second))
    return status


def test_single_exit_is_not_reported() -> None:
    assert build_ended(1).describe(1.0) is None


@pytest.mark.parametrize(("code", "expected"), [(2, "ended with status 2"), (-9, "was ended by signal 9")])
def test_repeated_exits_are_reported_with_log_file(code: int, expected: str) -> None:
    assert build_ended(3, code).describe(3.0) == f"{expected}, 3 times in a row; see logs/hello-1.log"


def test_short_readiness_does_not_clear_the_failure() -> None:
    status = build_ended(2)
    status.record_ready(3.0)
    assert status.describe(4.0) is not None
    status.record_exit(2, LOG, 5.0)
    assert "3 times" in (status.describe(5.0) or "")


def test_steady_replica_clears_failure_and_count() -> None:
    status = build_ended(5)
    status.record_ready(10.0)
    assert status.describe(20.0) is None
    status.record_exit(2, LOG, 30.0)
    assert status.describe(30.0) is None


def test_missed_deadline_is_reported_until_ready() -> None:
    status = FailureStatus()
    status.record_never_ready(600.0, LOG)
    assert status.describe(700.0) == "is not ready after 600 s; see logs/hello-1.log"
    status.record_ready(700.0)
    assert status.describe(711.0) is None


def test_start_error_is_reported_at_once() -> None:
    status = FailureStatus()
    status.record_start_error("no such folder", 0.0)
    assert status.describe(0.0) == "cannot be started: no such folder"


def test_out_of_memory_is_reported_at_once() -> None:
    status = FailureStatus()
    status.record_out_of_memory(64 << 20, LOG, 0.0)
    assert status.describe(0.0) == "was OOMKilled because it exceeded its limit of 64Mi; see logs/hello-1.log"
    status.record_out_of_memory(64 << 20, LOG, 1.0)
    assert "of 64Mi, 2 times in a row; see" in (status.describe(1.0) or "")

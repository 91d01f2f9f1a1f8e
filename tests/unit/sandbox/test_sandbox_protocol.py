"""Protocol between a function, its zygote and its jobs."""

import os
import signal

import pytest

from functions.runtime.sandbox import protocol
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.protocol import JobExit


def make_wait_status(*, exit_code: int = 0, ended_by: int = 0) -> int:
    return exit_code << 8 | ended_by


@pytest.mark.parametrize(
    ("job_exit", "reason"),
    [
        (JobExit(make_wait_status(ended_by=signal.SIGKILL), has_timed_out=True), "took_too_long"),
        (JobExit(make_wait_status(ended_by=signal.SIGXCPU), has_timed_out=False), "took_too_long"),
        (JobExit(make_wait_status(ended_by=signal.SIGKILL), has_timed_out=False), "too_much_memory"),
        (JobExit(make_wait_status(exit_code=protocol.EXIT_OUT_OF_MEMORY), has_timed_out=False), "too_much_memory"),
        (JobExit(make_wait_status(ended_by=signal.SIGSEGV), has_timed_out=False), "crashed"),
        (JobExit(make_wait_status(exit_code=1), has_timed_out=False), "crashed"),
    ],
)
def test_end_of_job_gives_reason(job_exit: JobExit, reason: str) -> None:
    problem = job_exit.to_problem()
    assert problem is not None
    assert problem.reason == reason


def test_normal_end_is_no_problem() -> None:
    assert JobExit(make_wait_status(), has_timed_out=False).to_problem() is None


def test_report_of_zygote_is_the_last_part() -> None:
    forged = JobExit(0, has_timed_out=False).pack()
    real = JobExit(make_wait_status(ended_by=signal.SIGKILL), has_timed_out=False)
    parts = protocol.split_exit(memoryview(forged + real.pack()))
    assert parts is not None
    assert (bytes(parts[0]), parts[1]) == (forged, real)


def test_message_without_report_is_none() -> None:
    assert protocol.split_exit(memoryview(b"")) is None
    assert protocol.split_exit(memoryview(os.urandom(8) + b"half an answer")) is None


@pytest.mark.parametrize("message", [b"", b"x" * 16, b"\0" * 16 + b"\1", b"\0" * 17 + b"more than announced"])
def test_malformed_answer_is_a_crash(message: bytes) -> None:
    with pytest.raises(DocumentProblem) as caught:
        protocol.unpack_answer(memoryview(message))
    assert caught.value.reason == "crashed"

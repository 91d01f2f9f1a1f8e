import os
import signal

import pytest

from functions.runtime.sandbox import wire
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.wire import Verdict


def status_of(*, exit_code: int = 0, ended_by: int = 0) -> int:
    return exit_code << 8 | ended_by


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict(status_of(ended_by=signal.SIGKILL), late=True), "took_too_long"),
        (Verdict(status_of(ended_by=signal.SIGXCPU), late=False), "took_too_long"),
        (Verdict(status_of(ended_by=signal.SIGKILL), late=False), "too_much_memory"),
        (Verdict(status_of(exit_code=wire.EXIT_OUT_OF_MEMORY), late=False), "too_much_memory"),
        (Verdict(status_of(ended_by=signal.SIGSEGV), late=False), "crashed"),
        (Verdict(status_of(exit_code=1), late=False), "crashed"),
    ],
)
def test_the_way_a_job_ended_becomes_a_reason(verdict: Verdict, reason: str) -> None:
    problem = verdict.problem()
    assert problem is not None
    assert problem.reason == reason


def test_an_orderly_end_is_no_problem() -> None:
    assert Verdict(status_of(), late=False).problem() is None


def test_the_verdict_is_what_stands_last_whatever_the_job_wrote() -> None:
    forged = Verdict(0, late=False).pack()
    true = Verdict(status_of(ended_by=signal.SIGKILL), late=False)
    parted = wire.split(memoryview(forged + true.pack()))
    assert parted is not None
    assert (bytes(parted[0]), parted[1]) == (forged, true)


def test_an_end_without_a_verdict_is_noticed() -> None:
    assert wire.split(memoryview(b"")) is None
    assert wire.split(memoryview(os.urandom(8) + b"half an answer")) is None


@pytest.mark.parametrize("said", [b"", b"x" * 16, b"\0" * 16 + b"\1", b"\0" * 17 + b"more than it said"])
def test_an_answer_of_another_shape_is_a_crash(said: bytes) -> None:
    with pytest.raises(DocumentProblem) as caught:
        wire.unpack_answer(memoryview(said))
    assert caught.value.reason == "crashed"

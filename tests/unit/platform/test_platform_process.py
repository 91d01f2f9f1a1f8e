"""Processes are known again, and no stranger is ended in their place."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from local.platform import process


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "part.log"


def test_a_process_is_alive_until_it_is_ended(log: Path) -> None:
    started = process.spawn(["sleep", "60"], {}, log)
    assert process.alive(started)
    process.end(started, signal.SIGTERM, 5)
    assert not process.alive(started)


def test_a_process_that_ended_by_itself_is_not_alive_and_its_words_are_in_its_log(log: Path) -> None:
    started = process.spawn(["sh", "-c", "echo out $WORD; echo err >&2"], {"WORD": "ß"}, log)
    while process.alive(started):
        time.sleep(0.01)
    assert log.read_text() == "out ß\nerr\n"


def test_a_process_has_a_session_of_its_own(log: Path) -> None:
    started = process.spawn(["sleep", "60"], {}, log)
    assert os.getsid(started.pid) == started.pid
    process.end(started, signal.SIGKILL, 5)


def test_a_process_with_the_pid_of_an_earlier_one_is_left_alone(log: Path) -> None:
    stranger = process.spawn(["sleep", "60"], {}, log)
    earlier = replace(stranger, started=stranger.started - 1)
    process.end(earlier, signal.SIGKILL, 5)
    assert not process.alive(earlier)
    assert process.alive(stranger)
    process.end(stranger, signal.SIGKILL, 5)


def test_a_process_that_does_not_listen_is_killed(log: Path) -> None:
    started = process.spawn(["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"], {}, log)
    while not log.read_text():
        time.sleep(0.01)
    process.end(started, signal.SIGTERM, 0.2)
    assert not process.alive(started)


def test_a_process_hears_what_its_starter_ignores(log: Path) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        started = process.spawn(["sleep", "60"], {}, log)
    finally:
        signal.signal(signal.SIGTERM, before)
    os.kill(started.pid, signal.SIGTERM)
    while process.alive(started):
        time.sleep(0.01)


def test_a_paused_process_can_be_ended(log: Path) -> None:
    started = process.spawn(["sleep", "60"], {}, log)
    os.kill(started.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, started.pid, os.WSTOPPED)
    began = time.monotonic()
    process.end(started, signal.SIGTERM, 30)
    assert not process.alive(started)
    assert time.monotonic() - began < 30

"""Tests of identifying a process again, so that no other process is ended in its place."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from local.platform import process


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "server.log"


def test_process_is_alive_until_it_is_ended(log: Path) -> None:
    started = process.spawn_process(["sleep", "60"], {}, log)
    assert process.is_alive(started)
    process.end_process(started, signal.SIGTERM, 5)
    assert not process.is_alive(started)


def test_ended_process_is_not_alive_and_left_a_log(log: Path) -> None:
    started = process.spawn_process(["sh", "-c", "echo out $WORD; echo err >&2"], {"WORD": "ß"}, log)
    while process.is_alive(started):
        time.sleep(0.01)
    assert log.read_text() == "out ß\nerr\n"


def test_process_has_its_own_session(log: Path) -> None:
    started = process.spawn_process(["sleep", "60"], {}, log)
    assert os.getsid(started.pid) == started.pid
    process.end_process(started, signal.SIGKILL, 5)


def test_other_process_with_same_pid_is_not_ended(log: Path) -> None:
    other = process.spawn_process(["sleep", "60"], {}, log)
    earlier = replace(other, started=other.started - 1)
    process.end_process(earlier, signal.SIGKILL, 5)
    assert not process.is_alive(earlier)
    assert process.is_alive(other)
    process.end_process(other, signal.SIGKILL, 5)


def test_process_that_ignores_the_signal_is_killed(log: Path) -> None:
    started = process.spawn_process(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"], {}, log)
    while not log.read_text():
        time.sleep(0.01)
    process.end_process(started, signal.SIGTERM, 0.2)
    assert not process.is_alive(started)


def test_process_does_not_inherit_ignored_signals(log: Path) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        started = process.spawn_process(["sleep", "60"], {}, log)
    finally:
        signal.signal(signal.SIGTERM, before)
    os.kill(started.pid, signal.SIGTERM)
    while process.is_alive(started):
        time.sleep(0.01)


def test_stopped_process_can_be_ended(log: Path) -> None:
    started = process.spawn_process(["sleep", "60"], {}, log)
    os.kill(started.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, started.pid, os.WSTOPPED)
    started_at = time.monotonic()
    process.end_process(started, signal.SIGTERM, 30)
    assert not process.is_alive(started)
    assert time.monotonic() - started_at < 30

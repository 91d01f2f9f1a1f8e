"""A part comes up, or says why not."""

import signal
import socket
from pathlib import Path

import pytest

from local.platform import part as parts
from local.platform import process, state
from local.platform.errors import PlatformError
from local.platform.part import Part, bring_up, take_down


def _refuse() -> None:
    raise ConnectionRefusedError("nobody there")


def _part(command: list[str], port: int | None = None) -> Part:
    return Part(name="s3", command=command, port=port, provision=_refuse, stop_signal=signal.SIGKILL)


def test_a_part_that_ends_is_named_with_its_last_words(tmp_path: Path) -> None:
    broken = _part(["sh", "-c", "echo no space left on device; exit 1"])
    with pytest.raises(PlatformError, match=r"platform's s3 ended\.(.|\n)*no space left on device"):
        bring_up(tmp_path, broken)


def test_a_part_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "START_S", 0.2)
    silent = _part(["sleep", "60"])
    with pytest.raises(PlatformError, match=r"s3 did not answer .*nobody there"):
        bring_up(tmp_path, silent)
    take_down(tmp_path, silent)


def test_a_part_whose_port_is_taken_says_so_and_starts_nothing(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        with pytest.raises(PlatformError, match=rf"port {port}, which another program has taken"):
            bring_up(tmp_path, _part(["sleep", "60"], port))
    assert state.process_of(tmp_path, "s3") is None


def test_a_part_taken_down_is_forgotten(tmp_path: Path) -> None:
    up = Part(name="s3", command=["sleep", "60"], port=None, provision=lambda: None)
    bring_up(tmp_path, up)
    running = state.process_of(tmp_path, "s3")
    assert running is not None
    take_down(tmp_path, up)
    assert not process.alive(running)
    assert state.process_of(tmp_path, "s3") is None

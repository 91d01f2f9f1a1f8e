"""Tests of starting and stopping one server of a platform."""

import signal
import socket
from pathlib import Path

import pytest

from local.platform import process, state
from local.platform import server as server_module
from local.platform.errors import PlatformError
from local.platform.server import PlatformServer, start_server, stop_server


def _refuse() -> None:
    raise ConnectionRefusedError("no listener")


def _build_server(command: list[str], port: int | None = None) -> PlatformServer:
    return PlatformServer(name="s3", command=command, port=port, provision=_refuse, stop_signal=signal.SIGKILL)


def test_error_of_ended_server_has_its_last_log_lines(tmp_path: Path) -> None:
    broken = _build_server(["sh", "-c", "echo no space left on device; exit 1"])
    with pytest.raises(PlatformError, match=r"platform's s3 ended\.(.|\n)*no space left on device"):
        start_server(tmp_path, broken)


def test_silent_server_raises_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "START_TIMEOUT_S", 0.2)
    silent = _build_server(["sleep", "60"])
    with pytest.raises(PlatformError, match=r"s3 did not answer .*no listener"):
        start_server(tmp_path, silent)
    stop_server(tmp_path, silent)


def test_server_with_occupied_port_is_not_started(tmp_path: Path) -> None:
    with socket.socket() as other_socket:
        other_socket.bind(("127.0.0.1", 0))
        other_socket.listen()
        port = other_socket.getsockname()[1]
        with pytest.raises(PlatformError, match=rf"port {port}, which another program has taken"):
            start_server(tmp_path, _build_server(["sleep", "60"], port))
    assert state.load_process(tmp_path, "s3") is None


def test_stopped_server_has_no_stored_process(tmp_path: Path) -> None:
    server = PlatformServer(name="s3", command=["sleep", "60"], port=None, provision=lambda: None)
    start_server(tmp_path, server)
    running = state.load_process(tmp_path, "s3")
    assert running is not None
    stop_server(tmp_path, server)
    assert not process.is_alive(running)
    assert state.load_process(tmp_path, "s3") is None

"""A server of the platform: one process of a home, its preparation, and the check that it is ready."""

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import KafkaException

from local.platform import process, state
from local.platform.errors import PlatformError

# A Java server on a busy laptop can need this long.
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
_POLL_S = 0.05
_NOT_READY_ERRORS = (OSError, KafkaException, BotoCoreError, ClientError, psycopg.Error)


@dataclass(frozen=True)
class PlatformServer:
    """A server and how to start it.

    `prepare` creates missing files before the start. `provision` creates what others use, such as topics and buckets,
    and raises an error until the server answers.
    """

    name: str
    command: list[str]
    port: int | None  # None if the server chooses its own port
    provision: Callable[[], None]
    prepare: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM


def start_server(home: Path, server: PlatformServer) -> None:
    """Make sure that the server runs and is provisioned, also if it is already running or just ending.

    Raise PlatformError if it ends or does not answer in time.
    """
    running = state.load_process(home, server.name)
    if running is not None and _wait_until_provisioned(home, server, running):
        return
    if not _wait_until_provisioned(home, server, _launch(home, server)):
        raise _build_error(home, server, "ended")


def stop_server(home: Path, server: PlatformServer) -> None:
    """End the server's process, unless another process has its process id now."""
    running = state.load_process(home, server.name)
    if running is not None:
        process.end_process(running, server.stop_signal, STOP_TIMEOUT_S)
    state.delete_process(home, server.name)


def _launch(home: Path, server: PlatformServer) -> process.Process:
    if server.port is not None and not state.is_port_free(server.port):
        raise PlatformError(
            f"The platform's {server.name} was at port {server.port}, which another program has taken. "
            "Stop the platform (`pagebus down`) and start it again: it will find other ports."
        )
    server.prepare()
    log = state.get_log_path(home, server.name)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    started = process.spawn_process(server.command, server.environment, log)
    state.save_process(home, server.name, started)
    return started


def _wait_until_provisioned(home: Path, server: PlatformServer, running: process.Process) -> bool:
    """Provision the server as soon as it answers. Return False if its process ends before."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.is_alive(running):
        try:
            server.provision()
        except _NOT_READY_ERRORS as error:
            if time.monotonic() > deadline:
                raise _build_error(home, server, f"did not answer within {START_TIMEOUT_S:.0f} s ({error})") from error
            time.sleep(_POLL_S)
        else:
            return True
    return False


def _build_error(home: Path, server: PlatformServer, failure: str) -> PlatformError:
    """Return an error with the failure and the last lines of the server's log."""
    log = state.get_log_path(home, server.name)
    lines = log.read_text(errors="replace").splitlines()[-8:] or ["(nothing)"]
    log_end = "".join(f"\n  {line}" for line in lines)
    return PlatformError(
        f"The platform's {server.name} {failure}. The last lines of {log}:{log_end}\nFix the cause, then start again."
    )

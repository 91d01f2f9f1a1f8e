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

# A Java server on a busy laptop can need this time.
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
_POLL_S = 0.05
_NOT_READY_ERRORS = (OSError, KafkaException, BotoCoreError, ClientError, psycopg.Error)


@dataclass(frozen=True)
class PlatformServer:
    """A server and its command.

    `prepare` creates missing files before the start. `provision` creates topics, buckets or databases, and raises an
    error while the server does not answer.
    """

    name: str
    command: list[str]
    port: int | None  # None if the server chooses its own port
    provision: Callable[[], None]
    prepare: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM


def start_server(home: Path, server: PlatformServer) -> None:
    """Start the server unless it runs, and provision it. If a running server ends before that, start it again.

    Raise PlatformError if the server ends or does not answer in time.
    """
    server_process = state.load_process(home, server.name)
    if server_process is not None and _wait_until_provisioned(home, server, server_process):
        return
    if not _wait_until_provisioned(home, server, _launch(home, server)):
        raise _build_error(home, server, "ended")


def stop_server(home: Path, server: PlatformServer) -> None:
    """End the server's process, unless the kernel has given its process id to another process."""
    server_process = state.load_process(home, server.name)
    if server_process is not None:
        process.end_process(server_process, server.stop_signal, STOP_TIMEOUT_S)
    state.delete_process(home, server.name)


def _launch(home: Path, server: PlatformServer) -> process.Process:
    if server.port is not None and not state.is_port_free(server.port):
        raise PlatformError(
            f"The platform's {server.name} was at port {server.port}, which another program has taken. "
            "Stop the platform (`pagebus down`) and start it again: it will find other ports."
        )
    server.prepare()
    log_file = state.get_log_path(home, server.name)
    if log_file.exists():
        log_file.replace(log_file.with_suffix(".previous.log"))
    new_process = process.spawn_process(server.command, server.environment, log_file)
    state.save_process(home, server.name, new_process)
    return new_process


def _wait_until_provisioned(home: Path, server: PlatformServer, server_process: process.Process) -> bool:
    """Provision the server as soon as it answers, and return True. Return False if its process ends before.

    Raise PlatformError if the server does not answer in time.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.is_alive(server_process):
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
    log_file = state.get_log_path(home, server.name)
    lines = log_file.read_text(errors="replace").splitlines()[-8:] or ["(nothing)"]
    log_end = "".join(f"\n  {line}" for line in lines)
    return PlatformError(
        f"The platform's {server.name} {failure}. The last lines of {log_file}:{log_end}\n"
        "Fix the cause, then start again."
    )

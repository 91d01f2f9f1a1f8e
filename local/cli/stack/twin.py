"""The client of the twin: functions that start and stop the twin's process and request the twin's state."""

import json
import signal
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import files
from local.cli.shell.errors import CommandFailedError
from local.platform import process, state
from local.twin.services.process import kill_leftovers
from local.twin.state import InvalidStateError, TwinState

_NAME = "twin"
_START_TIMEOUT_S = 60.0
# A page takes less time. An event that is not finished by then is delivered again after the next start.
_DRAIN_TIMEOUT_S = 60.0
_POLL_S = 0.05
_REQUEST_TIMEOUT_S = 5.0
_SHOWN_LOG_LINES = 8


@dataclass(frozen=True)
class RunningTwin:
    """A running twin: its process id, the URL of its control server, and the URLs of its public Services by name."""

    pid: int
    control: str
    urls: Mapping[str, str]


def start_twin(home: Path, manifests: Sequence[str], environment: Mapping[str, str]) -> RunningTwin:
    """Start the twin of a home folder, and return it when it is ready.

    `environment` has additional environment variables. Raise CommandFailedError if the twin ends or is not ready
    within 60 s. The message refers to the log.
    """
    manifest_options = [word for folder in manifests for word in ("--manifests", folder)]
    # -P keeps the current folder out of Python's module path.
    command = [sys.executable, "-P", "-m", "local.twin.main", *manifest_options, "--home", str(home)]
    log = state.get_log_path(home, _NAME)
    log_start = log.stat().st_size if log.exists() else 0
    twin_process = process.spawn_process(command, environment, log)
    state.save_process(home, _NAME, twin_process)
    deadline = time.monotonic() + _START_TIMEOUT_S
    while (running_twin := find_twin(home)) is None:
        if not process.is_alive(twin_process):
            raise CommandFailedError(
                f"The twin ended while it started. The end of its log, {log}:\n{_read_log_end(log, log_start)}"
            )
        if time.monotonic() > deadline:
            raise CommandFailedError(
                f"The twin was not ready within {_START_TIMEOUT_S:.0f} s. {log} may have the reason."
            )
        time.sleep(_POLL_S)
    return running_twin


def find_twin(home: Path) -> RunningTwin | None:
    """Return the twin of a home folder, or None if no twin runs there or the twin is not ready yet."""
    twin_process = state.load_process(home, _NAME)
    if twin_process is None or not process.is_alive(twin_process):
        return None
    try:
        ready_twin = json.loads((home / "twin.json").read_text())
    except FileNotFoundError:
        return None
    return (
        RunningTwin(ready_twin["pid"], ready_twin["control"], ready_twin["urls"])
        if ready_twin["pid"] == twin_process.pid
        else None
    )


def is_running(home: Path) -> bool:
    """Return whether the twin's process runs, even if the twin is not ready yet."""
    twin_process = state.load_process(home, _NAME)
    return twin_process is not None and process.is_alive(twin_process)


def stop_twin(home: Path, *, should_drain: bool = True) -> bool:
    """Stop the twin, and return whether it was running.

    If `should_drain` is True, the twin has 60 s to finish the events in flight. Otherwise its process is killed.
    """
    twin_process, was_running = state.load_process(home, _NAME), is_running(home)
    if twin_process is not None:
        process.end_process(twin_process, signal.SIGTERM if should_drain else signal.SIGKILL, _DRAIN_TIMEOUT_S)
    kill_leftovers(home.resolve())
    state.delete_process(home, _NAME)
    (home / "twin.json").unlink(missing_ok=True)
    return was_running


def reserve_port(home: Path, service: str) -> int:
    """Return the TCP port of a Service in this home folder. Later calls return the same port.

    The port is chosen before the twin starts, because other servers need it in their configuration.
    """
    file = home / "ports.json"
    ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    if service not in ports:
        ports[service] = state.find_free_port()
        files.write_private_file(file, json.dumps(ports))
    return ports[service]


def load_state(twin: RunningTwin) -> TwinState:
    """Return the state of the twin. Raise CommandFailedError if the twin does not answer or has another version."""
    url = f"{twin.control}/state"
    try:
        with urllib.request.urlopen(url, timeout=_REQUEST_TIMEOUT_S) as response:  # noqa: S310  # a loopback URL
            return TwinState.from_dict(json.load(response))
    except (OSError, ValueError, InvalidStateError) as error:
        raise CommandFailedError(
            f"The twin does not answer at {url}. Restart it: `pagebus down`, then `pagebus up`."
        ) from error


def list_functions(twin: RunningTwin) -> set[str]:
    """Return the names of the twin's functions, including those without replicas."""
    return load_state(twin).function_names


def wait_for_partitions(twin: RunningTwin, timeout: float) -> list[str]:
    """Wait at most `timeout` seconds until every source has its partitions.

    Return the names of the sources that still have no partitions.
    """
    deadline = time.monotonic() + timeout
    while waiting_sources := [source.name for source in load_state(twin).sources if source.is_waiting]:
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_S)
    return waiting_sources


def _read_log_end(log: Path, start: int) -> str:
    """Return the last 8 lines of the log after the byte offset `start`."""
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-_SHOWN_LOG_LINES:]) or "(the log is empty)"

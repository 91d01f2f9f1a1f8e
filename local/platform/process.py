"""Processes that continue after their parent ends. A process is identified by its id and its start time."""

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.02
# A child inherits which signals its parent ignores. If it ignored these signals, only SIGKILL could end it. So restore
# their default action.
_DEFAULT_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Process:
    """A process by its id and by `started`, its start time in clock ticks since boot.

    The kernel can reuse the id of an ended process for another process. The start time distinguishes them.
    """

    pid: int
    started: int


def spawn_process(command: list[str], environment: Mapping[str, str], log_file: Path) -> Process:
    """Start `command` in a session of its own and append its output to `log_file`.

    Popen is not used, because it warns if its object is deleted while the child still runs.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log_file), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    variables = {**os.environ, **environment}
    pid = os.posix_spawnp(command[0], command, variables, file_actions=actions, setsid=True, setsigdef=_DEFAULT_SIGNALS)
    return Process(pid, _read_stat(pid).started)


def is_alive(process: Process) -> bool:
    """Return whether the process or one of its threads exists. Even a single thread keeps the ports of the process."""
    try:
        stat = _read_stat(process.pid)
    except (FileNotFoundError, ProcessLookupError):
        return False
    if stat.started != process.started:
        return False
    if stat.is_zombie and stat.threads <= 1:
        _reap(process.pid)
        return False
    return True


def end_process(process: Process, stop_signal: signal.Signals, timeout_s: float) -> None:
    """Send the stop signal to the process, and kill it if it has not ended after `timeout_s` seconds."""
    for sent_signal, seconds in ((stop_signal, timeout_s), (signal.SIGKILL, 5.0)):
        if not is_alive(process):
            return
        with contextlib.suppress(ProcessLookupError):  # the process may have ended by itself
            os.kill(process.pid, sent_signal)
            os.kill(process.pid, signal.SIGCONT)  # a stopped process handles other signals only after SIGCONT
        _wait_until_ended(process, seconds)


def _wait_until_ended(process: Process, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while is_alive(process) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _reap(pid: int) -> None:
    # A process that an earlier command started is not a child of this process, and cannot be reaped here.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


@dataclass(frozen=True)
class _Stat:
    """The fields of /proc/PID/stat that are used here."""

    is_zombie: bool
    threads: int
    started: int


def _read_stat(pid: int) -> _Stat:
    # proc(5): the second field is the name in brackets, which can contain blanks. The third is the state,
    # the 20th the number of threads, the 22nd the start time.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return _Stat(is_zombie=fields[0] == "Z", threads=int(fields[17]), started=int(fields[19]))

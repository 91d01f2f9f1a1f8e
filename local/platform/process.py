"""A process that outlives whoever started it, and is known again by its pid and its start time."""

import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.02
# Ignored signals are inherited, and a process that ignores them could only be killed.
_HEARD = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Process:
    """`started` is in clock ticks since boot: with it, a pid that the kernel gave to another process is not ours."""

    pid: int
    started: int


def spawn(command: list[str], environment: Mapping[str, str], log: Path) -> Process:
    """Start `command` in a session of its own, its output appended to `log`.

    No Popen: an object that warns when it is dropped before its child ends has no use for a child that stays.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    variables = {**os.environ, **environment}
    pid = os.posix_spawnp(command[0], command, variables, file_actions=actions, setsid=True, setsigdef=_HEARD)
    return Process(pid, _stat(pid).started)


def alive(process: Process) -> bool:
    """Whether the process is still there, or any thread of it: until the last has gone, its ports are taken."""
    try:
        now = _stat(process.pid)
    except (FileNotFoundError, ProcessLookupError):
        return False
    if now.started != process.started:
        return False
    if now.zombie and now.threads <= 1:
        _bury(process.pid)
        return False
    return True


def end(process: Process, stop_signal: signal.Signals, patience: float) -> None:
    """Ask the process to stop, and kill it when it has not done so after `patience` seconds."""
    for asked, seconds in ((stop_signal, patience), (signal.SIGKILL, 5.0)):
        if not alive(process):
            return
        with contextlib.suppress(ProcessLookupError):  # it may end by itself meanwhile
            os.kill(process.pid, asked)
            os.kill(process.pid, signal.SIGCONT)  # a paused process hears nothing else
        _wait_until_gone(process, seconds)


def _wait_until_gone(process: Process, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while alive(process) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _bury(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):  # somebody else's child, when an earlier command started it
        os.waitpid(pid, os.WNOHANG)


@dataclass(frozen=True)
class _Stat:
    zombie: bool
    threads: int
    started: int


def _stat(pid: int) -> _Stat:
    # proc(5): the second field is the name in brackets, which may hold blanks; the third is the state,
    # the 20th the number of threads, the 22nd the start time.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return _Stat(zombie=fields[0] == "Z", threads=int(fields[17]), started=int(fields[19]))

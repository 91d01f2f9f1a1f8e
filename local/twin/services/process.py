"""The process of a replica: it ends together with the twin, and all its children end with it."""

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from local.twin.services.environment import HOME_VARIABLE
from local.twin.services.limits import LimitGuard

log = structlog.get_logger()

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


async def start(
    command: Sequence[str], environment: Mapping[str, str], folder: str | None, output: Path, guard: LimitGuard
) -> asyncio.subprocess.Process:
    """Start a process in `folder` and append its output to the file `output`. Raise OSError if this fails."""
    twin_pid = os.getpid()

    def prepare_child() -> None:
        # This code runs between fork and exec. Only system calls are safe, because another thread may hold any lock.
        guard.apply_in_child()
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != twin_pid:
            os._exit(1)  # the twin ended before prctl, so no signal would arrive

    try:
        with output.open("ab") as log_file:
            return await asyncio.create_subprocess_exec(
                *command,
                env=environment,
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                start_new_session=True,
                preexec_fn=prepare_child,
            )
    except BaseException:
        guard.release()
        raise


async def end(process: asyncio.subprocess.Process, grace: float) -> None:
    """Send SIGTERM, and kill the whole session as soon as `process` has ended, or after `grace` seconds."""
    if process.returncode is None:
        process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace)
    kill_session(process)
    await process.wait()


def kill_session(process: asyncio.subprocess.Process) -> None:
    """Send SIGKILL to all remaining processes of the session that `process` leads."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def kill_leftovers(home: Path) -> None:
    """Kill leftover processes of an earlier twin of this home, for example after a `kill -9` of the twin."""
    home_variable = f"{HOME_VARIABLE}={home}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if home_variable in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
                log.warning("replica.left_behind", pid=int(folder.name))

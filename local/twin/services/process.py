"""A replica's process: started so that it cannot outlive the twin, and ended with all its children."""

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from local.twin.services.environment import MARK
from local.twin.services.limits import Bound

log = structlog.get_logger()

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


async def start(
    command: Sequence[str], environment: Mapping[str, str], folder: str | None, output: Path, bound: Bound
) -> asyncio.subprocess.Process:
    """The running process, its output appended to `output`; raises OSError when it cannot be started."""
    twin = os.getpid()

    def prepare() -> None:
        # Runs between fork and exec: only system calls, nothing that could wait for another thread's lock.
        bound.enter()
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != twin:
            os._exit(1)

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
                preexec_fn=prepare,
            )
    except BaseException:
        bound.forget()
        raise


async def end(process: asyncio.subprocess.Process, grace: float) -> None:
    """SIGTERM, and SIGKILL for the whole session after `grace` seconds or when its leader is gone."""
    if process.returncode is None:
        process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace)
    kill(process)
    await process.wait()


def kill(process: asyncio.subprocess.Process) -> None:
    """SIGKILL for whatever is left of the process's session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def sweep(home: Path) -> None:
    """End what replicas of an earlier twin of this home have left running: children that outlived a kill -9."""
    mark = f"{MARK}={home}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
                log.warning("replica.left_behind", pid=int(folder.name))

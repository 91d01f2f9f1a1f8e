"""Control groups (v2): the kernel itself holds a replica and all its children to their limits, as on a cluster.

Files and rules are those of the kernel's Documentation/admin-guide/cgroup-v2.rst, settings those of the kubelet.
"""

import asyncio
import errno
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from local.twin.services.limits import Limits

log = structlog.get_logger()

_CONTROLLERS = {"memory", "cpu"}
_PERIOD_US = 100_000
_LEAST_QUOTA_US = 1_000  # the kernel's own
_GONE_SECONDS = 5.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Groups:
    """The folder in which a home's replicas have theirs."""

    folder: Path

    memory: str = "by its control group"
    cpu: str = "by its control group"

    def bind(self, name: str, limits: Limits) -> "Group":
        """A group for a replica of this name; raises OSError."""
        return Group(self.folder / name, limits)

    def close(self) -> None:
        """No replica is left."""
        _remove(self.folder)


def groups(home: Path, proc: Path = Path("/proc")) -> Groups | None:
    """For this home's replicas, without what a killed twin has left; None where we may make none."""
    name = f"pagebus-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"
    for parent in enclosing(proc):
        with suppress(OSError):
            return Groups(_made(parent, name))
    return None


class Group:
    """Of one process and its children, from before it starts until all are gone."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.out_of_memory = False
        self._folder = folder
        folder.mkdir()
        try:
            _limit(folder, limits)
            self._entrance = os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            _remove(folder)
            raise

    def enter(self) -> None:
        try:
            os.write(self._entrance, b"0")
        except OSError:
            os._exit(1)  # better none than one without limits

    async def hold(self, running: asyncio.subprocess.Process) -> None:
        await running.wait()
        self.out_of_memory = _killed(self._folder)
        await asyncio.to_thread(self.forget)

    def forget(self) -> None:
        os.close(self._entrance)
        _remove(self._folder)


def enclosing(proc: Path) -> Iterator[Path]:
    """Our own group and those that it lies in, as far as a mount shows them."""
    own = next((line[3:] for line in _lines(proc / "self/cgroup") if line.startswith("0::")), None)
    for line in _lines(proc / "self/mountinfo"):
        before, _, after = line.partition(" - ")
        _, _, _, root, mount, *_ = before.split()
        if own and after.startswith("cgroup2 ") and Path(own).is_relative_to(root):
            inside = Path(own).relative_to(root)
            yield from (Path(mount) / folder for folder in (inside, *inside.parents))


def _made(parent: Path, name: str) -> Path:
    """A folder for groups; a group that has processes can have none, except the machine's own. Raises OSError."""
    _enable(parent)
    folder = parent / name
    folder.mkdir(exist_ok=True)
    for left in folder.glob("*/"):
        _remove(left)
    _enable(folder)
    return folder


def _enable(folder: Path) -> None:
    missing = _CONTROLLERS - set((folder / "cgroup.subtree_control").read_text().split())
    if missing:
        _write(folder / "cgroup.subtree_control", " ".join(f"+{name}" for name in sorted(missing)))


def _limit(folder: Path, limits: Limits) -> None:
    if limits.memory is not None:
        # As the kubelet does: where one process must go, all go; and nothing swaps.
        _write(folder / "memory.oom.group", "1")
        with suppress(FileNotFoundError):  # a kernel without swap
            _write(folder / "memory.swap.max", "0")
        _write(folder / "memory.max", str(limits.memory))
    if limits.cpu is not None:
        _write(folder / "cpu.max", f"{max(_LEAST_QUOTA_US, round(limits.cpu * _PERIOD_US))} {_PERIOD_US}")


def _remove(folder: Path) -> None:
    """End what is in there, and wait until the kernel has let go of it."""
    with suppress(OSError):
        _write(folder / "cgroup.kill", "1")
    end = time.monotonic() + _GONE_SECONDS
    while (error := _removed(folder)) == errno.EBUSY and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
    if error not in (None, errno.ENOENT):
        log.warning("group.not_removed", group=str(folder), reason=os.strerror(error))


def _removed(folder: Path) -> int | None:
    """The error's number, or None."""
    try:
        folder.rmdir()
    except OSError as error:
        return error.errno
    return None


def _killed(folder: Path) -> bool:
    events = dict(line.split() for line in _lines(folder / "memory.events"))
    return int(events.get("oom_kill", 0)) > 0


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


def _write(file: Path, text: str) -> None:
    file.write_text(text)

"""Enforcement of limits by control groups (v2), as on a cluster: for a replica and all its child processes.

File names and rules are in the kernel's Documentation/admin-guide/cgroup-v2.rst. The settings are those of the kubelet.
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
_MIN_QUOTA_US = 1_000  # the kernel's minimum
_REMOVAL_SECONDS = 5.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class CgroupEnforcer:
    """An enforcer that creates control groups below `folder` for the replicas of one home."""

    folder: Path

    memory_method: str = "by its control group"
    cpu_method: str = "by its control group"

    def create_guard(self, name: str, limits: Limits) -> "CgroupGuard":
        """Create a group for one start of the replica `name`. Raise OSError if that fails."""
        return CgroupGuard(self.folder / name, limits)

    def close(self) -> None:
        """Remove the group of the home, after the last replica has ended."""
        _remove_group(self.folder)


def create_enforcer(home: Path, proc: Path = Path("/proc")) -> CgroupEnforcer | None:
    """Return the enforcer of this home, or None if the twin may not create groups.

    Also remove old groups that an earlier twin of this home left because it was killed.
    """
    name = f"pagebus-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"
    for parent in list_enclosing_groups(proc):
        with suppress(OSError):
            return CgroupEnforcer(_create_home_group(parent, name))
    return None


class CgroupGuard:
    """The control group of one process and its children.

    It is created before the process starts. When the process has ended, its remaining children are killed, and the
    group is removed.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.is_oom_killed = False
        self._folder = folder
        folder.mkdir()
        try:
            _write_limits(folder, limits)
            self._procs_descriptor = os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            _remove_group(folder)
            raise

    def apply_in_child(self) -> None:
        try:
            os.write(self._procs_descriptor, b"0")  # 0 stands for the process that writes
        except OSError:
            os._exit(1)  # a process must not run without its limits

    async def supervise(self, child: asyncio.subprocess.Process) -> None:
        await child.wait()
        self.is_oom_killed = _was_oom_killed(self._folder)
        await asyncio.to_thread(self.release)

    def release(self) -> None:
        os.close(self._procs_descriptor)
        _remove_group(self._folder)


def list_enclosing_groups(proc: Path) -> Iterator[Path]:
    """Yield the folders of the twin's own control group and of its ancestors, the own group first.

    Yield nothing if no mounted file system of type cgroup2 contains the own group.
    """
    own_group = next((line[3:] for line in _read_lines(proc / "self/cgroup") if line.startswith("0::")), None)
    for line in _read_lines(proc / "self/mountinfo"):
        mount_fields, _, filesystem_fields = line.partition(" - ")
        _, _, _, root, mount, *_ = mount_fields.split()
        if own_group and filesystem_fields.startswith("cgroup2 ") and Path(own_group).is_relative_to(root):
            relative_group = Path(own_group).relative_to(root)
            yield from (Path(mount) / folder for folder in (relative_group, *relative_group.parents))


def _create_home_group(parent: Path, name: str) -> Path:
    """Create the group `name` below `parent` for the groups of replicas, and return it. Remove old groups below it.

    Raise OSError if that fails. It fails if `parent` contains processes: the kernel allows child groups with limits
    only in a group without processes, or in the root group.
    """
    _enable_controllers(parent)
    folder = parent / name
    folder.mkdir(exist_ok=True)
    for old_group in folder.glob("*/"):
        _remove_group(old_group)
    _enable_controllers(folder)
    return folder


def _enable_controllers(folder: Path) -> None:
    """Enable memory and CPU limits for the child groups of `folder`."""
    missing = _CONTROLLERS - set((folder / "cgroup.subtree_control").read_text().split())
    if missing:
        _write(folder / "cgroup.subtree_control", " ".join(f"+{name}" for name in sorted(missing)))


def _write_limits(folder: Path, limits: Limits) -> None:
    if limits.memory is not None:
        # As in the kubelet: if a process exceeds the limit, the kernel kills the whole group. Swap is off.
        _write(folder / "memory.oom.group", "1")
        with suppress(FileNotFoundError):  # the kernel has no swap support
            _write(folder / "memory.swap.max", "0")
        _write(folder / "memory.max", str(limits.memory))
    if limits.cpu is not None:
        _write(folder / "cpu.max", f"{max(_MIN_QUOTA_US, round(limits.cpu * _PERIOD_US))} {_PERIOD_US}")


def _remove_group(folder: Path) -> None:
    """Kill the group's processes and remove the group. Wait up to five seconds while the kernel still uses it."""
    with suppress(OSError):
        _write(folder / "cgroup.kill", "1")
    deadline = time.monotonic() + _REMOVAL_SECONDS
    while (error := _try_rmdir(folder)) == errno.EBUSY and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    if error not in (None, errno.ENOENT):
        log.warning("group.not_removed", group=str(folder), reason=os.strerror(error))


def _try_rmdir(folder: Path) -> int | None:
    """Remove the folder. Return None if it was removed, else the number of the error."""
    try:
        folder.rmdir()
    except OSError as error:
        return error.errno
    return None


def _was_oom_killed(folder: Path) -> bool:
    events = dict(line.split() for line in _read_lines(folder / "memory.events"))
    return int(events.get("oom_kill", 0)) > 0


def _read_lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


def _write(file: Path, text: str) -> None:
    file.write_text(text)

"""Process trees and their memory, read from /proc: a replica and all its children, in whatever session they are."""

import asyncio
import os
import resource
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

_PAGE = resource.getpagesize()


class ProcessTrees:
    """The root of each running process.

    Roots are remembered, so that an orphan stays in its tree, and only new processes are read from /proc.
    """

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._roots: dict[int, int] = {}  # by process id; 0 for processes outside all trees

    def list_members(self, root: int) -> list[int]:
        """Return the ids of `root` and of its running descendants."""
        running = {int(name) for name in os.listdir(self._proc) if name.isdecimal()}  # noqa: PTH208  # hundreds of Path objects would cost more than all the rest
        self._roots = {pid: known for pid, known in self._roots.items() if pid in running}
        if root in running and self._roots.get(root) != root:
            # An earlier call may have seen `root` and its children before `root` was known as a root: read them again.
            self._roots = {pid: known for pid, known in self._roots.items() if pid < root} | {root: root}
        for pid in running - self._roots.keys():
            self._find_root(pid)
        return [pid for pid, known in self._roots.items() if known == root]

    def _find_root(self, pid: int) -> int:
        path = []
        while pid not in self._roots and pid:
            path.append(pid)
            pid = self._read_parent(pid)
        root = self._roots.get(pid, 0)
        self._roots |= dict.fromkeys(path, root)
        return root

    def _read_parent(self, pid: int) -> int:
        with suppress(OSError):
            # The name in parentheses may contain anything. State and parent follow it.
            return int((self._proc / f"{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
        return 0


async def measure_memory(pids: Collection[int], limit: int) -> int:
    """Return the bytes that the processes use.

    A quick sum of resident memory counts shared memory several times. The exact, slower sum is computed only if the
    quick one is above `limit`.
    """
    if (rough := sum(map(_read_resident_bytes, pids))) <= limit:
        return rough
    return await asyncio.to_thread(lambda: sum(map(_read_owned_bytes, pids)))


def _read_resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
    except OSError:
        return 0


def _read_owned_bytes(pid: int) -> int:
    """Return memory that the kernel cannot reclaim, with the process's share of shared memory.

    Return all resident memory if the kernel has no such figures.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return _read_resident_bytes(pid)
    sizes = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return sizes.get("Pss_Anon", sizes.get("Pss", 0)) + sizes.get("Pss_Shmem", 0)

"""Process trees and their memory, read from /proc. A replica is a process with its descendants in all sessions."""

import asyncio
import os
import resource
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

_PAGE_BYTES = resource.getpagesize()


class ProcessTrees:
    """The trees of running processes, each identified by the process id of its root.

    The root of each process is stored. So an orphan stays in its tree, and only new processes are read from /proc.
    """

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._roots: dict[int, int] = {}  # root by process id; 0 for a process outside all trees

    def list_members(self, root: int) -> list[int]:
        """Return the ids of `root` and of its running descendants."""
        running = {int(name) for name in os.listdir(self._proc) if name.isdecimal()}  # noqa: PTH208  # hundreds of Path objects would take longer than the rest of this method
        self._roots = {pid: known_root for pid, known_root in self._roots.items() if pid in running}
        if root in running and self._roots.get(root) != root:
            # An earlier call may have stored another root for `root` and its children. Children usually have higher
            # ids. So forget the roots of processes with higher ids, and read these processes again.
            self._roots = {pid: known_root for pid, known_root in self._roots.items() if pid < root} | {root: root}
        for pid in running - self._roots.keys():
            self._find_root(pid)
        return [pid for pid, known_root in self._roots.items() if known_root == root]

    def _find_root(self, pid: int) -> int:
        """Return the root of a process. Store it for the process and for its ancestors up to the root."""
        path = []
        while pid not in self._roots and pid:
            path.append(pid)
            pid = self._read_parent(pid)
        root = self._roots.get(pid, 0)
        self._roots |= dict.fromkeys(path, root)
        return root

    def _read_parent(self, pid: int) -> int:
        with suppress(OSError):
            # The name of the program is in parentheses and may contain anything. State and parent follow.
            return int((self._proc / f"{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
        return 0


async def measure_memory(pids: Collection[int], limit: int) -> int:
    """Return the memory that the processes use, in bytes.

    The quick sum of resident memory counts shared memory several times. The slower, exact sum is computed only if the
    quick sum is above `limit` bytes.
    """
    if (resident_bytes := sum(map(_read_resident_bytes, pids))) <= limit:
        return resident_bytes
    return await asyncio.to_thread(lambda: sum(map(_read_owned_bytes, pids)))


def _read_resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0


def _read_owned_bytes(pid: int) -> int:
    """Return the bytes that the kernel cannot reclaim, with the process's share of shared memory.

    Return all resident memory if the kernel does not report these values.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return _read_resident_bytes(pid)
    sizes = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return sizes.get("Pss_Anon", sizes.get("Pss", 0)) + sizes.get("Pss_Shmem", 0)

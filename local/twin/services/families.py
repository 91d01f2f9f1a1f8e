"""Processes and what they use, from /proc: a replica with all its children, whatever session those are in."""

import asyncio
import os
import resource
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

_PAGE = resource.getpagesize()


class Families:
    """Who descends from whom; remembered, so that an orphan stays in its family and a look reads what is new only."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._heads: dict[int, int] = {}  # of each process; 0 for those that are in no family of ours

    def of(self, head: int) -> list[int]:
        """`head` and its descendants that live."""
        living = {int(name) for name in os.listdir(self._proc) if name.isdecimal()}  # noqa: PTH208  # a Path for each of hundreds costs more than all else
        self._heads = {pid: known for pid, known in self._heads.items() if pid in living}
        if head in living and self._heads.get(head) != head:
            # It may have been seen before we knew what it is, and what it has started since.
            self._heads = {pid: known for pid, known in self._heads.items() if pid < head} | {head: head}
        for pid in living - self._heads.keys():
            self._head_of(pid)
        return [pid for pid, known in self._heads.items() if known == head]

    def _head_of(self, pid: int) -> int:
        line = []
        while pid not in self._heads and pid:
            line.append(pid)
            pid = self._parent(pid)
        found = self._heads.get(pid, 0)
        self._heads |= dict.fromkeys(line, found)
        return found

    def _parent(self, pid: int) -> int:
        with suppress(OSError):
            # After the name, which may hold anything: state, parent.
            return int((self._proc / f"{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
        return 0


async def used(pids: Collection[int], limit: int) -> int:
    """Bytes that these use: closely only where a first sum, which counts twice what they share, is above `limit`."""
    if (rough := sum(map(_resident, pids))) <= limit:
        return rough
    return await asyncio.to_thread(lambda: sum(map(_own, pids)))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
    except OSError:
        return 0


def _own(pid: int) -> int:
    """What cannot be taken back from it, with its share of what is shared; where that is not told, all of it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return _resident(pid)
    told = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return told.get("Pss_Anon", told.get("Pss", 0)) + told.get("Pss_Shmem", 0)

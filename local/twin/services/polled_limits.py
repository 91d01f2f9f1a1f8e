"""Limits without control groups: the twin polls the memory of a replica, and assigns whole cores to it.

An rlimit is no alternative. Programs reserve far more address space (RLIMIT_AS, RLIMIT_DATA) than they use. Besides, an
rlimit applies to each process of a replica, and not to their sum.
"""

import asyncio
import math
import os
import signal
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from local.twin.services.limits import Limits
from local.twin.services.process_trees import ProcessTrees, measure_memory

# The highest expected growth of memory in bytes per second. So a replica far below its limit needs fewer polls.
_FASTEST_GROWTH = 1 << 30
_MIN_INTERVAL, _MAX_INTERVAL = 0.1, 1.0


class PollingEnforcer:
    """An enforcer that polls memory. It assigns cores in turn, so that replicas do not all run on the first cores."""

    memory_method = "by polling, up to ten times a second"
    cpu_method = "by assigning whole cores"

    def __init__(self, cores: Iterable[int] | None = None) -> None:
        self._cores = deque(sorted(os.sched_getaffinity(0) if cores is None else cores))
        self._process_trees = ProcessTrees()

    def create_guard(self, _name: str, limits: Limits) -> "PollingGuard":
        return PollingGuard(limits.memory, self._assign_cores(limits.cpu), self._process_trees)

    def close(self) -> None:
        """Do nothing: there is no resource to release."""

    def _assign_cores(self, cpu: float | None) -> frozenset[int]:
        """Return the cores for a limit of `cpu` cores, or an empty set if the replica may use all cores."""
        count = len(self._cores) if cpu is None else max(1, math.ceil(cpu))
        if count >= len(self._cores):
            return frozenset()
        assigned = [self._cores[index] for index in range(count)]
        self._cores.rotate(-count)
        return frozenset(assigned)


class PollingGuard:
    """The guard of one start of a replica; `cores` is empty if the replica may use all cores."""

    def __init__(self, memory: int | None, cores: frozenset[int], process_trees: ProcessTrees) -> None:
        self.is_oom_killed = False
        self.cores = cores
        self._memory = memory
        self._process_trees = process_trees

    def apply_in_child(self) -> None:
        if self.cores:
            with suppress(OSError):  # a core may have become unavailable to the twin
                os.sched_setaffinity(0, self.cores)

    async def supervise(self, child: asyncio.subprocess.Process) -> None:
        exit_future = asyncio.ensure_future(child.wait())
        while self._memory is not None and not exit_future.done():
            pids = self._process_trees.list_members(child.pid)
            used_bytes = await measure_memory(pids, self._memory)
            if used_bytes > self._memory and not exit_future.done():
                self.is_oom_killed = True
                _kill(pids)
            await asyncio.wait({exit_future}, timeout=_get_poll_interval(self._memory - used_bytes))
        await exit_future

    def release(self) -> None:
        """Do nothing: there is no resource to release."""


def _get_poll_interval(free_bytes: int) -> float:
    return min(_MAX_INTERVAL, max(_MIN_INTERVAL, free_bytes / _FASTEST_GROWTH))


def _kill(pids: Iterable[int]) -> None:
    """Kill all processes of a replica, as the kernel does in a container, because a replica needs all of its parts."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)

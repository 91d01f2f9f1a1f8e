"""Limits without control groups: the twin polls the memory of a replica, and assigns whole cores to it.

An rlimit cannot do this. Programs reserve far more address space (RLIMIT_AS, RLIMIT_DATA) than they use, and each
process of a replica would have the full limit for itself.
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

# No process fills memory faster than this, in bytes per second. Processes far from their limit are polled less often.
_FASTEST_GROWTH = 1 << 30
_MIN_INTERVAL, _MAX_INTERVAL = 0.1, 1.0


class PollingEnforcer:
    """Enforces limits by polling. It assigns cores in turn, so that replicas do not all run on the first ones."""

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
        """Return the cores for a limit of `cpu` cores, or an empty set if the replica may use all of them."""
        count = len(self._cores) if cpu is None else max(1, math.ceil(cpu))
        if count >= len(self._cores):
            return frozenset()
        assigned = [self._cores[index] for index in range(count)]
        self._cores.rotate(-count)
        return frozenset(assigned)


class PollingGuard:
    """The guard of one start of a replica; `cores` is empty if it may use all cores."""

    def __init__(self, memory: int | None, cores: frozenset[int], process_trees: ProcessTrees) -> None:
        self.out_of_memory = False
        self.cores = cores
        self._memory = memory
        self._process_trees = process_trees

    def apply_in_child(self) -> None:
        if self.cores:
            with suppress(OSError):  # a core may have become unavailable to the twin
                os.sched_setaffinity(0, self.cores)

    async def supervise(self, running: asyncio.subprocess.Process) -> None:
        ended = asyncio.ensure_future(running.wait())
        while self._memory is not None and not ended.done():
            members = self._process_trees.list_members(running.pid)
            now = await measure_memory(members, self._memory)
            if now > self._memory and not ended.done():
                self.out_of_memory = True
                _kill(members)
            await asyncio.wait({ended}, timeout=_get_poll_interval(self._memory - now))
        await ended

    def release(self) -> None:
        """Do nothing: there is no resource to release."""


def _get_poll_interval(left: int) -> float:
    return min(_MAX_INTERVAL, max(_MIN_INTERVAL, left / _FASTEST_GROWTH))


def _kill(members: Iterable[int]) -> None:
    """Kill all processes of a replica, as the kernel does with a container: a part of a replica is of no use."""
    for pid in members:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)

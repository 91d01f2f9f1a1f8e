"""Limits where the machine lets us make no control groups: we look at what a replica uses, and give it whole cores.

No rlimit would do: programs reserve far more address space (RLIMIT_AS, RLIMIT_DATA) than they ever use, and each
process of a replica would have the limit for itself.
"""

import asyncio
import math
import os
import signal
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from local.twin.services.families import Families, used
from local.twin.services.limits import Limits

# Nobody fills memory faster than this, in bytes per second: what is far from its limit is looked at less often.
_FASTEST = 1 << 30
_OFTEN, _SELDOM = 0.1, 1.0


class Watching:
    """Cores are dealt out in turn, so that replicas do not crowd on the first."""

    memory = "by looking at it, up to ten times a second"
    cpu = "in whole cores"

    def __init__(self, cores: Iterable[int] | None = None) -> None:
        self._cores = deque(sorted(os.sched_getaffinity(0) if cores is None else cores))
        self._families = Families()

    def bind(self, _name: str, limits: Limits) -> "Watched":
        return Watched(limits.memory, self._deal(limits.cpu), self._families)

    def close(self) -> None:
        """Nothing was made."""

    def _deal(self, cpu: float | None) -> frozenset[int]:
        """None where the limit leaves all of them."""
        wanted = len(self._cores) if cpu is None else max(1, math.ceil(cpu))
        if wanted >= len(self._cores):
            return frozenset()
        dealt = [self._cores[number] for number in range(wanted)]
        self._cores.rotate(-wanted)
        return frozenset(dealt)


class Watched:
    """One start of a replica; `cores` is empty where it may use all."""

    def __init__(self, memory: int | None, cores: frozenset[int], families: Families) -> None:
        self.out_of_memory = False
        self.cores = cores
        self._memory = memory
        self._families = families

    def enter(self) -> None:
        if self.cores:
            with suppress(OSError):  # a core may have been taken from us
                os.sched_setaffinity(0, self.cores)

    async def hold(self, running: asyncio.subprocess.Process) -> None:
        ended = asyncio.ensure_future(running.wait())
        while self._memory is not None and not ended.done():
            members = self._families.of(running.pid)
            now = await used(members, self._memory)
            if now > self._memory and not ended.done():
                self.out_of_memory = True
                _kill(members)
            await asyncio.wait({ended}, timeout=_pause(self._memory - now))
        await ended

    def forget(self) -> None:
        """Nothing was made."""


def _pause(left: int) -> float:
    return min(_SELDOM, max(_OFTEN, left / _FASTEST))


def _kill(members: Iterable[int]) -> None:
    """All at once, as the kernel does with a container: a part of a replica is of no use."""
    for pid in members:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)

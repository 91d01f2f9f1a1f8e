"""How fast it went, on a machine that others may use too."""

import os
import time
from typing import NamedTuple

import psutil

_OURS = sorted(os.sched_getaffinity(0))
CORES = len(_OURS)


class Pace(NamedTuple):
    """Pages per second, seconds of CPU per page, and the cores that other programs left meanwhile."""

    rate: float
    cpu: float
    left: float

    @property
    def fair(self) -> float:
        """Pages per second and core that was left: on a machine of one's own the ratio of two is that of their rates.

        Where others compete, whoever has more threads gets more of the machine; that is no merit.
        """
        return self.rate / self.left


class Cores:
    """What other programs leave of them, from now on."""

    def __init__(self) -> None:
        self._began, self._busy = time.monotonic(), _busy()

    def left(self, ours: float) -> float:
        """On average until now, where `ours` is the CPU seconds that what is measured has used since."""
        others = max(0.0, _busy() - self._busy - ours)
        return CORES - others / (time.monotonic() - self._began)


def _busy() -> float:
    """Seconds that our cores have worked, for whomever, or were taken by other machines on this host."""
    times = (psutil.cpu_times(percpu=True)[core] for core in _OURS)
    return float(sum(at.user + at.nice + at.system + at.irq + at.softirq + at.steal for at in times))

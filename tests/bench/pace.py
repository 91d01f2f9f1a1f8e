"""Measure the pace of work on a machine that other programs may use as well."""

import os
import time
from typing import NamedTuple

import psutil

_CORE_NUMBERS = sorted(os.sched_getaffinity(0))
CORE_COUNT = len(_CORE_NUMBERS)


class Pace(NamedTuple):
    """Pages per second, seconds of CPU per page, and the average number of cores that other programs left free."""

    rate: float
    cpu_seconds: float
    available_cores: float

    @property
    def rate_per_core(self) -> float:
        """Pages per second and available core.

        On an idle machine, the ratio of two such values is the ratio of the rates. On a busy machine, a program with
        more threads gets more of the cores; this value corrects for that.
        """
        return self.rate / self.available_cores


class CoreMeter:
    """A meter of the cores that other programs leave free from now on."""

    def __init__(self) -> None:
        self._began, self._busy = time.monotonic(), _read_busy_seconds()

    def compute_available(self, own: float) -> float:
        """Return the average number of free cores. `own` has the seconds of CPU of the measured program since then."""
        others = max(0.0, _read_busy_seconds() - self._busy - own)
        return CORE_COUNT - others / (time.monotonic() - self._began)


def _read_busy_seconds() -> float:
    """Return the busy seconds of the usable cores, with the time that the host gave to other machines (steal)."""
    times = (psutil.cpu_times(percpu=True)[core] for core in _CORE_NUMBERS)
    return float(sum(core.user + core.nice + core.system + core.irq + core.softirq + core.steal for core in times))

"""Simulate a burst of requests with the twin's autoscaling rules, in simulated time and without processes.

All times are in seconds of one monotonic clock.
"""

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from local.twin.services import kpa
from local.twin.services.concurrency import ActivatorReporter
from local.twin.services.scaler import Scaler
from tests.bench.plot import Steps

#: Reports of a second come this long before the tick.
_REPORT_AHEAD_S = 0.5


@dataclass(frozen=True)
class Burst:
    """Arrival times of requests. Each takes a replica for `work_seconds`.

    The source has at most `max_outstanding` requests in the queue and in flight.
    """

    arrivals: tuple[float, ...]
    max_outstanding: int
    work_seconds: float


@dataclass(frozen=True)
class Machine:
    """The start time of the autoscaler, the time of one of its ticks, and the seconds that a replica takes to start."""

    started_at: float
    tick_at: float
    start_seconds: float


@dataclass(eq=False)
class _Replica:
    number: int
    ready: bool = False
    in_flight: int = 0


@dataclass
class ReplicaCounts:
    """Desired and ready replicas over time. A step is a pair of the time and the number from this time on."""

    desired: list[tuple[float, float]] = field(default_factory=list)
    ready: list[tuple[float, float]] = field(default_factory=list)


class BurstSimulation:
    """A simulation of a burst with the autoscaling settings in `config`."""

    def __init__(self, config: kpa.Config, burst: Burst, machine: Machine) -> None:
        self._config, self._burst, self._machine = config, burst, machine
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._sequence = itertools.count()
        self._scaler = Scaler(config, machine.started_at)
        self._reporter = ActivatorReporter()
        self._replicas: list[_Replica] = []
        self._backlog = self._waiting = self._working = self._done = 0
        self._desired = 0
        self._counts = ReplicaCounts([(machine.started_at, 0)], [(machine.started_at, 0)])

    def run(self) -> ReplicaCounts:
        """Run until all requests are done and no replica is desired, and return the replicas over time."""
        self._schedule(self._machine.started_at, self._reconcile)
        for at in self._burst.arrivals:
            self._schedule(at, self._receive_request)
        first = math.ceil(self._machine.started_at)
        self._schedule(first + (self._machine.tick_at - _REPORT_AHEAD_S - first) % 1, self._report_every_second)
        self._schedule(first + (self._machine.tick_at - first) % kpa.TICK_SECONDS, self._tick_periodically)
        while self._events and not self._is_over:
            at, _, act = heapq.heappop(self._events)
            act(at)
        return self._counts

    @property
    def _is_over(self) -> bool:
        return self._done == len(self._burst.arrivals) and not self._desired

    @property
    def _ready_count(self) -> int:
        return sum(replica.ready for replica in self._replicas)

    def _schedule(self, at: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (at, next(self._sequence), act))

    def _receive_request(self, at: float) -> None:
        self._backlog += 1
        self._admit_requests(at)

    def _admit_requests(self, at: float) -> None:
        """Let the source deliver as many requests as it may."""
        while self._backlog and self._waiting + self._working < self._burst.max_outstanding:
            self._backlog -= 1
            self._waiting += 1
            self._report_concurrency(self._reporter.record_change(1, at), at)
        self._assign_requests(at)

    def _assign_requests(self, at: float) -> None:
        limit = self._config.container_concurrency or math.inf
        free = [replica for replica in self._replicas if replica.ready and replica.in_flight < limit]
        while self._waiting and free:
            replica = min(free, key=lambda candidate: candidate.in_flight)
            replica.in_flight += 1
            self._waiting -= 1
            self._working += 1
            self._schedule(at + self._burst.work_seconds, partial(self._finish_request, replica))
            free = [candidate for candidate in free if candidate.in_flight < limit]

    def _finish_request(self, replica: _Replica, at: float) -> None:
        replica.in_flight -= 1
        self._working -= 1
        self._done += 1
        self._reporter.record_change(-1, at)
        self._admit_requests(at)

    def _report_every_second(self, at: float) -> None:
        self._report_concurrency(self._reporter.report(at), at)
        # Queue-proxies report only requests that bypass the activator, so they report 0 here.
        self._report_concurrency(0.0 if self._ready_count else None, at)
        self._schedule(at + 1, self._report_every_second)

    def _report_concurrency(self, value: float | None, at: float) -> None:
        if value is not None and self._scaler.record_average(value, at):
            self._tick(at)

    def _tick_periodically(self, at: float) -> None:
        self._tick(at)
        self._schedule(at + kpa.TICK_SECONDS, self._tick_periodically)

    def _tick(self, at: float) -> None:
        if self._scaler.tick(self._ready_count, at):
            self._reconcile(at)

    def _reconcile(self, at: float) -> None:
        scale = self._scaler.reconcile(self._ready_count, at)
        if scale.is_applied:
            self._scale(scale.replicas, at)
        if scale.recheck_after is not None:
            self._schedule(at + scale.recheck_after, self._reconcile)

    def _scale(self, want: int, at: float) -> None:
        if want != self._desired:
            self._desired = want
            self._counts.desired.append((at, want))
        while len(self._replicas) < want:
            self._replicas.append(replica := _Replica(next(self._sequence)))
            self._schedule(at + self._machine.start_seconds, partial(self._mark_ready, replica))
        while len(self._replicas) > want:
            self._replicas.remove(
                min(self._replicas, key=lambda candidate: (candidate.ready, candidate.in_flight, -candidate.number))
            )
        self._record_ready_count(at)

    def _mark_ready(self, replica: _Replica, at: float) -> None:
        if replica in self._replicas:
            replica.ready = True
            self._record_ready_count(at)
            self._reconcile(at)
            self._assign_requests(at)

    def _record_ready_count(self, at: float) -> None:
        if self._counts.ready[-1][1] != self._ready_count:
            self._counts.ready.append((at, self._ready_count))


def compute_differences(
    first: list[tuple[float, float]], second: list[tuple[float, float]], begun: float, end: float
) -> list[float]:
    """Return the absolute difference of two lines of steps, for every tenth of a second."""
    moments = [begun + number / 10 for number in range(int((end - begun) * 10))]
    return [abs(get_value(first, moment) - get_value(second, moment)) for moment in moments]


def get_value(steps: Steps, moment: float) -> float:
    return next((value for at, value in reversed(steps) if at <= moment), 0.0)


def find_lasting_difference(differences: list[float], seconds: float) -> float:
    """Return the largest difference that lasts for this time. Shorter ones come from steps at slightly other times."""
    width = max(1, int(seconds * 10))
    spans = [differences[first : first + width] for first in range(max(1, len(differences) - width))]
    return max((min(span) for span in spans if span), default=0.0)

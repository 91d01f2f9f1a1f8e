"""What the autoscaler's arithmetic makes of a burst, in simulated time: requests, replicas and ticks, and no process.

Every time is in seconds of one clock that never goes back.
"""

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from local.twin.services import kpa
from local.twin.services.concurrency import Reporter
from local.twin.services.scaler import Scaler
from tests.bench.plot import Steps

#: So much before a tick the reports of its second come.
_REPORT_AHEAD_S = 0.5


@dataclass(frozen=True)
class Burst:
    """When requests come, `most` of them in front of the function at any time; each needs a replica for `work`."""

    arrivals: tuple[float, ...]
    most: int
    work: float


@dataclass(frozen=True)
class Machine:
    """From when on the autoscaler runs, one moment in which it ticks, and how long a replica takes to become ready."""

    since: float
    tick: float
    start: float


@dataclass(eq=False)
class _Replica:
    number: int
    ready: bool = False
    in_flight: int = 0


@dataclass
class Predicted:
    """Steps of what is wanted and of what is ready: the time from which a number holds."""

    desired: list[tuple[float, float]] = field(default_factory=list)
    ready: list[tuple[float, float]] = field(default_factory=list)


class Prediction:
    """Runs a burst against `config` until nothing is left of it."""

    def __init__(self, config: kpa.Config, burst: Burst, machine: Machine) -> None:
        self._config, self._burst, self._machine = config, burst, machine
        self._agenda: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()
        self._scaler = Scaler(config, machine.since)
        self._reporter = Reporter()
        self._replicas: list[_Replica] = []
        self._behind = self._waiting = self._working = self._done = 0
        self._desired = 0
        self._predicted = Predicted([(machine.since, 0)], [(machine.since, 0)])

    def made(self) -> Predicted:
        self._at(self._machine.since, self._reconcile)
        for at in self._burst.arrivals:
            self._at(at, self._come)
        first = math.ceil(self._machine.since)
        self._at(first + (self._machine.tick - _REPORT_AHEAD_S - first) % 1, self._report_regularly)
        self._at(first + (self._machine.tick - first) % kpa.TICK, self._tick_regularly)
        while self._agenda and not self._is_over:
            at, _, act = heapq.heappop(self._agenda)
            act(at)
        return self._predicted

    @property
    def _is_over(self) -> bool:
        return self._done == len(self._burst.arrivals) and not self._desired

    @property
    def _ready(self) -> int:
        return sum(replica.ready for replica in self._replicas)

    def _at(self, at: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), act))

    def _come(self, at: float) -> None:
        self._behind += 1
        self._let_in(at)

    def _let_in(self, at: float) -> None:
        """The source delivers as many as it may."""
        while self._behind and self._waiting + self._working < self._burst.most:
            self._behind -= 1
            self._waiting += 1
            self._tell(self._reporter.change(1, at), at)
        self._serve(at)

    def _serve(self, at: float) -> None:
        limit = self._config.concurrency or math.inf
        free = [replica for replica in self._replicas if replica.ready and replica.in_flight < limit]
        while self._waiting and free:
            replica = min(free, key=lambda found: found.in_flight)
            replica.in_flight += 1
            self._waiting -= 1
            self._working += 1
            self._at(at + self._burst.work, partial(self._answer, replica))
            free = [found for found in free if found.in_flight < limit]

    def _answer(self, replica: _Replica, at: float) -> None:
        replica.in_flight -= 1
        self._working -= 1
        self._done += 1
        self._reporter.change(-1, at)
        self._let_in(at)

    def _report_regularly(self, at: float) -> None:
        self._tell(self._reporter.report(at), at)
        # Queue-proxies leave out what the activator has reported, which is all.
        self._tell(0.0 if self._ready else None, at)
        self._at(at + 1, self._report_regularly)

    def _tell(self, value: float | None, at: float) -> None:
        if value is not None and self._scaler.report(value, at):
            self._tick(at)

    def _tick_regularly(self, at: float) -> None:
        self._tick(at)
        self._at(at + kpa.TICK, self._tick_regularly)

    def _tick(self, at: float) -> None:
        if self._scaler.tick(self._ready, at):
            self._reconcile(at)

    def _reconcile(self, at: float) -> None:
        scale = self._scaler.reconcile(self._ready, at)
        if scale.applied:
            self._scale(scale.want, at)
        if scale.again is not None:
            self._at(at + scale.again, self._reconcile)

    def _scale(self, want: int, at: float) -> None:
        if want != self._desired:
            self._desired = want
            self._predicted.desired.append((at, want))
        while len(self._replicas) < want:
            self._replicas.append(replica := _Replica(next(self._order)))
            self._at(at + self._machine.start, partial(self._became_ready, replica))
        while len(self._replicas) > want:
            self._replicas.remove(min(self._replicas, key=lambda it: (it.ready, it.in_flight, -it.number)))
        self._note_ready(at)

    def _became_ready(self, replica: _Replica, at: float) -> None:
        if replica in self._replicas:
            replica.ready = True
            self._note_ready(at)
            self._reconcile(at)
            self._serve(at)

    def _note_ready(self, at: float) -> None:
        if self._predicted.ready[-1][1] != self._ready:
            self._predicted.ready.append((at, self._ready))


def difference(
    one: list[tuple[float, float]], other: list[tuple[float, float]], begun: float, end: float
) -> list[float]:
    """How far two lines of steps are apart, every tenth of a second."""
    moments = [begun + number / 10 for number in range(int((end - begun) * 10))]
    return [abs(value_at(one, moment) - value_at(other, moment)) for moment in moments]


def value_at(steps: Steps, moment: float) -> float:
    return next((value for at, value in reversed(steps) if at <= moment), 0.0)


def lasting(differences: list[float], seconds: float) -> float:
    """The largest difference that lasts for so long; moments of change may differ by less."""
    width = max(1, int(seconds * 10))
    spans = [differences[first : first + width] for first in range(max(1, len(differences) - width))]
    return max((min(span) for span in spans if span), default=0.0)

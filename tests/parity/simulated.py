"""A simulation of the autoscaling with recorded requests and ready replicas, in simulated time."""

import heapq
import itertools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from local.twin.services.concurrency import ActivatorReporter
from local.twin.services.scaler import Scaler
from tests.parity.ticks import Recording

if TYPE_CHECKING:
    from local.twin.services import kpa

_REPORTED = 0.13  # the part of a second at which the recorded activators reported


class Simulation:
    """A simulation of a recording; `scalings` and `observations` have the form of the recording."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._reporter = ActivatorReporter()
        self._scaler = self._create_scaler()
        self._ready = 0
        self._events = itertools.count()
        self.scalings: list[tuple[float, int]] = []
        self.observations: dict[float, kpa.Observation] = {}

    def play(self) -> "Simulation":
        agenda = [*self._list_events()]
        heapq.heapify(agenda)
        while agenda:
            at, _, what, value = heapq.heappop(agenda)
            match what:
                case "request":
                    first = self._reporter.record_change(value, at)
                    self._report(first, at)
                case "report":
                    self._report(self._reporter.report(at), at)
                    self._report(0.0 if self._ready else None, at)
                case "ready":
                    self._ready = value
                    self._reconcile(agenda, at)
                case "tick":
                    self._tick(at)
                    self._reconcile(agenda, at)
                case _:
                    self._reconcile(agenda, at)
        return self

    def _list_events(self) -> Iterator[tuple[float, int, str, int]]:
        log, recording = self._recording.log, self._recording
        for came, went in recording.requests:
            yield came, next(self._events), "request", 1
            yield went, next(self._events), "request", -1
        for second in range(math.floor(log[0].at), math.ceil(log[-1].at)):
            yield second + _REPORTED, next(self._events), "report", 0
        for reconcile in recording.parse_reconciles():
            yield reconcile.at, next(self._events), "ready", reconcile.ready
        for at in recording.list_clock_ticks():
            yield at, next(self._events), "tick", 0

    def _create_scaler(self) -> Scaler:
        """Return the scaler at the start of the recording: mostly it was ready once and has been idle for long."""
        config, since = self._recording.config, self._recording.get_initial_status()[1]
        scaler = Scaler(config, since)
        if since < self._recording.log[0].at - 1:
            scaler.record_average(0.0, since)
            scaler.tick(1, since)
            for later, ready in ((0.0, 1), (config.window + 1, 1), (config.window + 2 * config.scale_to_zero_grace, 0)):
                scaler.reconcile(ready, since + later)
        return scaler

    def _report(self, value: float | None, at: float) -> None:
        if value is not None and self._scaler.record_average(value, at):
            self._tick(at)

    def _tick(self, at: float) -> None:
        self._scaler.tick(self._ready, at)
        if self._scaler.observed:
            self.observations[at] = self._scaler.observed

    def _reconcile(self, agenda: list[tuple[float, int, str, int]], at: float) -> None:
        scale = self._scaler.reconcile(self._ready, at)
        if scale.is_applied and scale.replicas != (self.scalings[-1][1] if self.scalings else 0):
            self.scalings.append((at, scale.replicas))
        if scale.recheck_after is not None:
            heapq.heappush(agenda, (at + scale.recheck_after, next(self._events), "again", 0))

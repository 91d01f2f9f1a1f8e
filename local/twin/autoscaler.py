"""The loop around the arithmetic: reports once a second, decides every two seconds and when a request wakes it."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from local.twin import kpa
from local.twin.concurrency import Buckets, Reporter
from local.twin.replicas import Replicas
from local.twin.serving import Service

log = structlog.get_logger()

_TICK_SECONDS = 2


@dataclass(frozen=True)
class Scaled:
    """One change of the number of replicas, told to people; `time` in seconds since 1970."""

    name: str
    time: float
    before: int
    after: int
    why: str

    def told(self) -> dict[str, str | float | int]:
        return {"name": self.name, "time": self.time, "from": self.before, "to": self.after, "why": self.why}


def config(service: Service) -> kpa.Config:
    scaling = service.scaling
    return kpa.Config(
        concurrency=service.revision.container_concurrency,
        target=scaling.target,
        utilization=scaling.utilization,
        window=scaling.window,
        min_scale=scaling.min_scale,
        max_scale=scaling.max_scale,
        activation_scale=scaling.activation_scale,
        scale_down_delay=scaling.scale_down_delay,
    )


class Autoscaler:
    """Keeps one Service's replicas at what Knative would run; `scaled` hears of every change."""

    def __init__(self, service: Service, replicas: Replicas, scaled: Callable[[Scaled], None]) -> None:
        now = time.monotonic()
        self._name = service.name
        self._config = config(service)
        self._replicas = replicas
        self._scaled = scaled
        self._reporter = Reporter(now)
        self._stable = Buckets(self._config.window)
        self._panic = Buckets(self._config.panic_window)
        self._state = kpa.State()
        self._initial = service.scaling.initial_scale
        # From the start the activator is in the way: the default target burst capacity keeps it there.
        self._behind_activator_since = now
        self._active_since = now
        self.desired = 0

    @property
    def panicking(self) -> bool:
        return self._state.panic_since is not None

    @property
    def target(self) -> float:
        """Requests in flight that a replica is meant to have."""
        return self._config.target_per_replica

    def averages(self) -> tuple[float, float]:
        """Requests in flight over the stable and the panic window."""
        now = time.monotonic()
        return self._stable.average(now) or 0.0, self._panic.average(now) or 0.0

    def change(self, by: int) -> None:
        """A request has come (+1) or gone (-1); the first one from zero is reported and acted on at once."""
        now = time.monotonic()
        self._reporter.change(by, now)
        if by > 0 and self._replicas.count == 0 and self._reporter.in_flight == 1:
            self._record(self._reporter.first(), now)
            self._tick("a request came")

    def failed(self) -> None:
        """A replica never became ready: give up until there is demand again."""
        self._initial = 0
        self._scale(self._config.min_scale, "the progress deadline has passed")

    async def run(self) -> None:
        if self._initial or self._config.min_scale:
            self._scale(kpa.bounded(self._config, self._initial), "initial scale")
        due = time.monotonic()
        for second in itertools.count():
            # Deciding comes first: as on a cluster, the report of the running second has not arrived yet.
            if second % _TICK_SECONDS == 0:
                self._tick("load")
            if self._replicas.count or self._reporter.in_flight:
                self._record(self._reporter.report(time.monotonic()), time.monotonic())
            due += 1
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _record(self, value: float, now: float) -> None:
        self._stable.record(now, value)
        self._panic.record(now, value)

    def _tick(self, why: str) -> None:
        now, ready = time.monotonic(), self._replicas.ready
        stable = self._stable.average(now)
        if stable is None or not self._initialised(ready):
            return
        observed = kpa.Observed(stable, self._panic.average(now) or 0.0, ready)
        want, self._state = kpa.desired(self._config, self._state, observed, now)
        want = kpa.bounded(self._config, want)
        if want:
            self._active_since = self._active_since if self.desired else now
        elif not self._may_be_zero(now):
            want = min(1, self.desired)
        self._scale(want, why if want >= self.desired else f"average of {stable:.2f} requests in flight")

    def _initialised(self, ready: int) -> bool:
        if ready >= self._initial:
            self._initial = 0
        return self._initial == 0

    def _may_be_zero(self, now: float) -> bool:
        active, behind = now - self._active_since, now - self._behind_activator_since
        return kpa.may_be_zero(self._config, active=active, behind_activator=behind)

    def _scale(self, want: int, why: str) -> None:
        if want != self.desired:
            self._scaled(Scaled(self._name, time.time(), self.desired, want, why))
            log.info("service.scaled", service=self._name, before=self.desired, after=want, why=why)
        self.desired = want
        self._replicas.scale(want)

"""The loop around the arithmetic: reports once a second, decides every two seconds and when a request wakes it."""

import asyncio
import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from local.manifests.serving import Service
from local.twin.services import kpa
from local.twin.services.concurrency import Average, Reporter
from local.twin.services.replicas import Replicas
from local.twin.services.scaler import Scaler

log = structlog.get_logger()

#: Activators report early in a second and ticks come later, as in most recordings; then a panic window of one second
#: holds the report of its own second. On a cluster both moments are chance.
_REPORTED, _DECIDED = 0.13, 0.63


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
        panic_window_percentage=scaling.panic_window_percentage,
        panic_threshold_percentage=scaling.panic_threshold_percentage,
        burst=scaling.target_burst_capacity,
        min_scale=scaling.min_scale,
        max_scale=scaling.max_scale,
        initial_scale=scaling.initial_scale,
        activation_scale=scaling.activation_scale,
        scale_down_delay=scaling.scale_down_delay,
        retention=scaling.retention,
        progress_deadline=scaling.progress_deadline,
    )


class Autoscaler:
    """Keeps one Service's replicas at what Knative would run; `scaled` hears of every change.

    `proxied` hears whether requests have to go through the activator.
    """

    def __init__(
        self,
        service: Service,
        replicas: Replicas,
        scaled: Callable[[Scaled], None],
        proxied: Callable[[bool], None],
    ) -> None:
        now = time.monotonic()
        self._name = service.name
        self._replicas = replicas
        self._scaled = scaled
        self._proxied = proxied
        self._first = max(service.scaling.initial_scale, service.scaling.min_scale)
        weighted = service.scaling.aggregation == "weighted-exponential"
        self._config = config(service)
        self._scaler = Scaler(self._config, now, weighted=weighted)
        self._activator, self._queue_proxies = Reporter(), Average(now)
        self._again: asyncio.TimerHandle | None = None
        self.desired = 0

    @property
    def decision(self) -> kpa.Decision:
        """What was wanted last, before bounds."""
        return self._scaler.decision

    @property
    def panicking(self) -> bool:
        return self._scaler.panicking

    @property
    def target(self) -> float:
        """Requests in flight that a replica is meant to have."""
        return self._config.target_per_replica

    def averages(self) -> tuple[float, float]:
        """Requests in flight over the stable and the panic window, as the last tick saw them."""
        observed = self._scaler.observed
        return (observed.stable, observed.panic) if observed else (0.0, 0.0)

    @property
    def routed(self) -> bool:
        """Whether the revision was ever ready for requests: before that, no route leads to it."""
        return self._scaler.status.initialised

    def change(self, by: int, *, proxied: bool) -> None:
        """A request has come (+1) or gone (-1), through the activator or straight to a replica."""
        now = time.monotonic()
        if not proxied:
            self._queue_proxies.change(by, now)
        elif (first := self._activator.change(by, now)) is not None:
            self._report(first, now)

    def reconcile(self, why: str = "load") -> None:
        """Set what is wanted: after each decision, and whenever a replica becomes ready or stops being so."""
        scale = self._scaler.reconcile(self._replicas.ready, time.monotonic())
        self._proxied(self._scaler.proxying)
        self._ask(scale.again)
        if scale.applied:
            self._scale(scale.want, why)

    async def run(self) -> None:
        self._scale(self._first, "initial scale")
        self.reconcile()
        begun = math.ceil(time.monotonic())
        for second in itertools.count(begun):
            # A twin that is busy does both late, but for the second to which they belong.
            await _until(second + _REPORTED)
            self._tell(second + _REPORTED)
            if (second - begun) % kpa.TICK == 0:
                await _until(second + _DECIDED)
                self._tick("load", second + _DECIDED)

    def stop(self) -> None:
        self._ask(None)

    def _tell(self, due: float) -> None:
        now = time.monotonic()
        if (value := self._activator.report(now)) is not None:
            self._report(value, due)
        # Queue-proxies are asked only where replicas are ready, and leave out what the activator has reported.
        direct = self._queue_proxies.report(now)
        if self._replicas.ready:
            self._report(direct, due)

    def _report(self, value: float, due: float) -> None:
        if self._scaler.report(value, due):
            self._tick("a request came", due)

    def _tick(self, why: str, due: float) -> None:
        if self._scaler.tick(self._replicas.ready, due):
            self.reconcile(why)

    def _ask(self, seconds: float | None) -> None:
        if self._again:
            self._again.cancel()
        self._again = None
        if seconds is not None:
            self._again = asyncio.get_running_loop().call_later(seconds, self.reconcile, "nothing comes")

    def _scale(self, want: int, why: str) -> None:
        if want != self.desired:
            self._scaled(Scaled(self._name, time.time(), self.desired, want, self._reason(want, why)))
            log.info("service.scaled", service=self._name, before=self.desired, after=want, why=why)
        self.desired = want
        self._replicas.scale(want)

    def _reason(self, want: int, why: str) -> str:
        observed = self._scaler.observed
        if want > self.desired or observed is None:
            return why
        return f"average of {observed.stable:.2f} requests in flight"


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))

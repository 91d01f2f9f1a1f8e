"""The timing of the autoscaler: reports every second, and decisions every two seconds.

The autoscaler also decides immediately when a request arrives while no replica is desired.
"""

import asyncio
import itertools
import math
import time
from collections.abc import Callable

import structlog

from local.manifests.serving import Service
from local.twin.services import kpa
from local.twin.services.concurrency import ActivatorReporter, ConcurrencyAverage
from local.twin.services.replicas import Replicas
from local.twin.services.scaler import Scaler
from local.twin.state import ScalingEvent

log = structlog.get_logger()

#: Delays of reports and ticks after each full second, in seconds. On a cluster, they are random. In the twin, a report
#: precedes the tick of the same second, as in most recordings. So a panic window of one second contains this report.
_REPORT_OFFSET, _TICK_OFFSET = 0.13, 0.63


def build_config(service: Service) -> kpa.Config:
    """Return the autoscaling settings of a Service."""
    scaling = service.scaling
    return kpa.Config(
        container_concurrency=service.revision.container_concurrency,
        target=scaling.target,
        utilization=scaling.utilization,
        window=scaling.window,
        panic_window_percentage=scaling.panic_window_percentage,
        panic_threshold_percentage=scaling.panic_threshold_percentage,
        target_burst_capacity=scaling.target_burst_capacity,
        min_scale=scaling.min_scale,
        max_scale=scaling.max_scale,
        initial_scale=scaling.initial_scale,
        activation_scale=scaling.activation_scale,
        scale_down_delay=scaling.scale_down_delay,
        retention=scaling.retention,
        progress_deadline=scaling.progress_deadline,
    )


class Autoscaler:
    """The autoscaler of one Service: it keeps as many replicas as Knative would.

    `on_scaled` is called with each change of the number of replicas. `on_proxy_mode` is called with true while requests
    must go through the activator, and with false otherwise.
    """

    def __init__(
        self,
        service: Service,
        replicas: Replicas,
        on_scaled: Callable[[ScalingEvent], None],
        on_proxy_mode: Callable[[bool], None],
    ) -> None:
        now = time.monotonic()
        self._name = service.name
        self._replicas = replicas
        self._on_scaled = on_scaled
        self._on_proxy_mode = on_proxy_mode
        self._initial_scale = max(service.scaling.initial_scale, service.scaling.min_scale)
        is_weighted = service.scaling.aggregation == "weighted-exponential"
        self._config = build_config(service)
        self._scaler = Scaler(self._config, now, is_weighted=is_weighted)
        self._activator, self._queue_proxies = ActivatorReporter(), ConcurrencyAverage(now)
        self._reconcile_timer: asyncio.TimerHandle | None = None
        #: The number of replicas that was set last.
        self.desired = 0

    @property
    def decision(self) -> kpa.Decision:
        """The last decision, before minimum and maximum scale are applied."""
        return self._scaler.decision

    @property
    def is_panicking(self) -> bool:
        return self._scaler.is_panicking

    @property
    def target(self) -> float:
        """The number of requests in flight per replica that the autoscaler aims at."""
        return self._config.target_per_replica

    def get_averages(self) -> tuple[float, float]:
        """Return the averages of requests in flight over the stable and the panic window, as of the last tick."""
        observed = self._scaler.observed
        return (observed.stable, observed.panic) if observed else (0.0, 0.0)

    @property
    def has_been_ready(self) -> bool:
        """True after the revision has reached its initial scale for the first time. Until then, it has no route."""
        return self._scaler.status.has_reached_initial_scale

    def record_change(self, delta: int, *, is_proxied: bool) -> None:
        """Record that a request arrived (+1) or ended (-1). `is_proxied` is true if the activator forwarded it."""
        now = time.monotonic()
        if not is_proxied:
            self._queue_proxies.record_change(delta, now)
        elif (first_report := self._activator.record_change(delta, now)) is not None:
            self._report(first_report, now)

    def reconcile(self, reason: str = "load") -> None:
        """Apply the last decision. Call this after each decision and when a replica becomes ready or unready."""
        scale = self._scaler.reconcile(self._replicas.ready_count, time.monotonic())
        self._on_proxy_mode(self._scaler.needs_activator)
        self._schedule_reconcile(scale.recheck_after)
        if scale.is_applied:
            self._apply_scale(scale.replicas, reason)

    async def run(self) -> None:
        """Scale to the initial scale, then report and decide until cancelled."""
        self._apply_scale(self._initial_scale, "initial scale")
        self.reconcile()
        first_second = math.ceil(time.monotonic())
        for second in itertools.count(first_second):
            # A busy twin reports and ticks late. So pass the time at which they were due, as if they were on time.
            await _sleep_until(second + _REPORT_OFFSET)
            self._send_reports(second + _REPORT_OFFSET)
            if (second - first_second) % kpa.TICK_SECONDS == 0:
                await _sleep_until(second + _TICK_OFFSET)
                self._tick("load", second + _TICK_OFFSET)

    def stop(self) -> None:
        self._schedule_reconcile(None)

    def _send_reports(self, due_time: float) -> None:
        now = time.monotonic()
        if (value := self._activator.report(now)) is not None:
            self._report(value, due_time)
        # Queue-proxies report only while replicas are ready. They do not count requests that the activator counted.
        direct_average = self._queue_proxies.report(now)
        if self._replicas.ready_count:
            self._report(direct_average, due_time)

    def _report(self, value: float, due_time: float) -> None:
        if self._scaler.record_average(value, due_time):
            self._tick("a request came", due_time)

    def _tick(self, reason: str, due_time: float) -> None:
        if self._scaler.tick(self._replicas.ready_count, due_time):
            self.reconcile(reason)

    def _schedule_reconcile(self, seconds: float | None) -> None:
        if self._reconcile_timer:
            self._reconcile_timer.cancel()
        self._reconcile_timer = None
        if seconds is not None:
            self._reconcile_timer = asyncio.get_running_loop().call_later(seconds, self.reconcile, "nothing comes")

    def _apply_scale(self, desired: int, reason: str) -> None:
        if desired != self.desired:
            self._on_scaled(
                ScalingEvent(self._name, time.time(), self.desired, desired, self._describe_reason(desired, reason))
            )
            log.info("service.scaled", service=self._name, before=self.desired, after=desired, reason=reason)
        self.desired = desired
        self._replicas.scale(desired)

    def _describe_reason(self, desired: int, reason: str) -> str:
        observed = self._scaler.observed
        if desired > self.desired or observed is None:
            return reason
        return f"average of {observed.stable:.2f} requests in flight"


async def _sleep_until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))

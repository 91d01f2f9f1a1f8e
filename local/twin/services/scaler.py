"""The autoscaling of one revision without a clock: callers pass reports and times, and get numbers of replicas."""

from dataclasses import replace

from local.twin.services import kpa
from local.twin.services.concurrency import TimedBuckets, WeightedBuckets

# Seconds until the next reconciliation after a changed status. On a cluster, a changed status causes one at once.
_STATUS_RECHECK = 0.05


class Scaler:
    """The state of Knative's autoscaler and of its PodAutoscaler for a revision that was created at `now`."""

    def __init__(self, config: kpa.Config, now: float, *, is_weighted: bool = False) -> None:
        buckets = WeightedBuckets if is_weighted else TimedBuckets
        self._config = config
        self._stable, self._panic = buckets(config.window), buckets(config.panic_window)
        self._state = kpa.ScalingState()
        self._decision = kpa.Decision(kpa.UNKNOWN, kpa.compute_initial_excess(config))
        self._proxied_since: float | None = now
        self.status = kpa.RevisionStatus(kpa.Phase.ACTIVATING, now)
        self.observed: kpa.Observation | None = None

    @property
    def needs_activator(self) -> bool:
        """True if requests must go through the activator."""
        return self._proxied_since is not None

    @property
    def is_panicking(self) -> bool:
        return self._state.panic_since is not None

    @property
    def decision(self) -> kpa.Decision:
        """The decision of the last tick that had data."""
        return self._decision

    def record_average(self, value: float, now: float) -> bool:
        """Record the average number of requests in flight that an activator or queue-proxy has reported.

        Return True if `tick` must run immediately: there are requests, and the desired scale is 0.
        """
        self._stable.record(now, value)
        self._panic.record(now, value)
        return self._decision.desired == 0 and value > 0

    def tick(self, ready: int, now: float) -> bool:
        """Decide based on the reports within the windows.

        Return whether the desired scale or the sign of the excess burst capacity has changed.
        """
        if self._stable.is_empty(now):
            return False
        self.observed = kpa.Observation(self._stable.compute_average(now), self._panic.compute_average(now), ready)
        before = self._decision
        self._decision, self._state = kpa.decide(self._config, self._state, self.observed, now)
        had_excess, has_excess = (decision.excess_burst_capacity >= 0 for decision in (before, self._decision))
        return before.desired != self._decision.desired or had_excess != has_excess

    def reconcile(self, ready: int, now: float) -> kpa.ScaleTarget:
        """Return the scale to set while `ready` replicas are ready, and update the status of the revision."""
        proxied_seconds = 0.0 if self._proxied_since is None else now - self._proxied_since
        scale = kpa.plan_scale(self._config, self.status, self._decision.desired, now, proxied_seconds)
        if not kpa.needs_activator(scale.replicas, self._decision.excess_burst_capacity):
            self._proxied_since = None
        elif self._proxied_since is None:
            self._proxied_since = now
        before = self.status.phase
        self.status = kpa.update_status(self._config, self.status, scale.replicas, ready, now)
        has_status_changed = not scale.is_applied and self.status.phase is not before
        return replace(scale, recheck_after=_STATUS_RECHECK) if has_status_changed else scale

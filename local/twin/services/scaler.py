"""One revision's autoscaling with every time as an argument: reports go in, numbers of replicas come out."""

from dataclasses import replace

from local.twin.services import kpa
from local.twin.services.concurrency import Buckets, Weighted

# Kubernetes tells of a changed status, which is then looked at again.
_AT_ONCE = 0.05


class Scaler:
    """What Knative's autoscaler and its PodAutoscaler remember of a revision that is new at `now`."""

    def __init__(self, config: kpa.Config, now: float, *, weighted: bool = False) -> None:
        buckets = Weighted if weighted else Buckets
        self._config = config
        self._stable, self._panic = buckets(config.window), buckets(config.panic_window)
        self._state = kpa.State()
        self._decision = kpa.Decision(kpa.UNKNOWN, kpa.first_excess(config))
        self._proxied_since: float | None = now
        self.status = kpa.Status(kpa.Phase.ACTIVATING, now)
        self.observed: kpa.Observed | None = None

    @property
    def proxying(self) -> bool:
        """Whether the activator is in the way of requests."""
        return self._proxied_since is not None

    @property
    def panicking(self) -> bool:
        return self._state.panic_since is not None

    @property
    def decision(self) -> kpa.Decision:
        """What the last tick that knew anything wanted."""
        return self._decision

    def report(self, value: float, now: float) -> bool:
        """Requests in flight, as an activator or a queue-proxy saw them; whether this calls for a tick at once."""
        self._stable.record(now, value)
        self._panic.record(now, value)
        return self._decision.want == 0 and value > 0

    def tick(self, ready: int, now: float) -> bool:
        """Decide anew; whether anything came of it."""
        if self._stable.is_empty(now):
            return False
        self.observed = kpa.Observed(self._stable.average(now), self._panic.average(now), ready)
        before = self._decision
        self._decision, self._state = kpa.decided(self._config, self._state, self.observed, now)
        return before.want != self._decision.want or (before.excess < 0) != (self._decision.excess < 0)

    def reconcile(self, ready: int, now: float) -> kpa.Scale:
        """What is to become of the replicas, of which `ready` are ready."""
        proxied = 0.0 if self._proxied_since is None else now - self._proxied_since
        scale = kpa.scaled(self._config, self.status, self._decision.want, now, proxied)
        if not kpa.proxying(scale.want, self._decision.excess):
            self._proxied_since = None
        elif self._proxied_since is None:
            self._proxied_since = now
        before = self.status.phase
        self.status = kpa.settled(self._config, self.status, scale.want, ready, now)
        changed = not scale.applied and self.status.phase is not before
        return replace(scale, again=_AT_ONCE) if changed else scale

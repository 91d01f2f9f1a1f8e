"""Knative's autoscaling arithmetic (KPA), without clock or I/O: numbers in, number of replicas out.

Follows knative/serving: pkg/autoscaler/scaling/autoscaler.go for what is wanted, and
pkg/reconciler/autoscaling/kpa/{scaler,kpa}.go for what becomes of it.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum

#: Nobody knows yet what is wanted: leave the replicas alone.
UNKNOWN = -1
#: Seconds between two decisions; what a scale-down delay remembers is as coarse.
TICK = 2
_DEFAULT_TARGET = 100.0
_LEAST_TARGET = 0.01
_PROMPTLY = 3.0  # seconds after which a replica found idle is looked at again
_ACTIVATION_BUFFER = 30.0  # what a replica that never becomes ready gets beyond its progress deadline


@dataclass(frozen=True)
class Config:
    """One revision's settings and the cluster's; seconds, and zero for no limit."""

    concurrency: int = 0
    target: float | None = None
    utilization: float = 70.0
    window: float = 60.0
    panic_window_percentage: float = 10.0
    panic_threshold_percentage: float = 200.0
    burst: float = 211.0
    min_scale: int = 0
    max_scale: int = 0
    initial_scale: int = 1
    activation_scale: int = 1
    scale_down_delay: float = 0.0
    retention: float = 0.0
    progress_deadline: float = 600.0
    reachable: bool = True
    max_up: float = 1000.0
    max_down: float = 2.0
    grace: float = 30.0

    @property
    def total_per_replica(self) -> float:
        total = self.target or float(self.concurrency) or _DEFAULT_TARGET
        return min(total, self.concurrency) if self.concurrency else total

    @property
    def target_per_replica(self) -> float:
        return max(_LEAST_TARGET, self.total_per_replica * self.utilization / 100)

    @property
    def panic_window(self) -> float:
        return max(1.0, math.floor(self.window * self.panic_window_percentage / 100 + 0.5))


@dataclass(frozen=True)
class Observed:
    """Average requests in flight over both windows, and replicas that are ready."""

    stable: float
    panic: float
    ready: int


@dataclass(frozen=True)
class State:
    """What the arithmetic remembers between ticks; `recent` is (tick, wanted) within the scale-down delay."""

    panic_since: float | None = None
    most_in_panic: int = 0
    recent: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Decision:
    """Replicas wanted before bounds; where `excess` is below zero, the activator has to be in the way."""

    want: int
    excess: int


def started(ready: int, now: float) -> State:
    """An autoscaler that finds more than one replica panics until it knows better, so that it takes none away."""
    return State(now, ready) if ready > 1 else State()


def decided(config: Config, state: State, observed: Observed, now: float) -> tuple[Decision, State]:
    """What is wanted at a tick, and the next state; `now` in seconds of a clock that never goes back."""
    stable, panic, over = _counts(config, observed)
    state = _panicking(state, config, now, over=over)
    want = stable
    if state.panic_since is not None:
        want = max(state.most_in_panic, stable, panic)
        state = replace(state, most_in_panic=want)
    want, state = _delayed(config, state, want, now)
    return Decision(want, _excess(config, observed)), state


def _counts(config: Config, observed: Observed) -> tuple[int, int, bool]:
    ready = max(1, observed.ready)
    up = math.ceil(config.max_up * ready)
    down = math.floor(ready / config.max_down) if config.reachable else 0
    for_stable = math.ceil(observed.stable / config.target_per_replica)
    for_panic = math.ceil(observed.panic / config.target_per_replica)
    stable, panic = min(max(for_stable, down), up), min(max(for_panic, down), up)
    if config.activation_scale > 1:
        stable = max(stable, config.activation_scale) if for_stable > 0 else stable
        panic = max(panic, config.activation_scale) if for_panic > 0 else panic
    return stable, panic, for_panic / ready >= config.panic_threshold_percentage / 100


def _panicking(state: State, config: Config, now: float, *, over: bool) -> State:
    if over:
        return replace(state, panic_since=now)
    if state.panic_since is not None and state.panic_since + config.window < now:
        return replace(state, panic_since=None, most_in_panic=0)
    return state


def _delayed(config: Config, state: State, want: int, now: float) -> tuple[int, State]:
    """The most that was wanted within the delay, in steps of whole ticks: pkg/autoscaler/aggregation/max."""
    if not (config.scale_down_delay and config.reachable):
        return want, state
    tick, steps = int(now) // TICK, math.ceil(config.scale_down_delay / TICK)
    still = (entry for entry in state.recent if tick - entry[0] < steps and entry[1] > want)
    recent = (*still, (tick, want))
    return max(count for _, count in recent), replace(state, recent=recent)


def _excess(config: Config, observed: Observed) -> int:
    if config.burst == 0:
        return 0
    if config.burst < 0:
        return -1
    return math.floor(observed.ready * config.total_per_replica - config.burst - observed.panic)


def first_excess(config: Config) -> int:
    """The excess burst capacity before the first tick."""
    if config.burst in {-1, 0}:
        return int(config.burst)
    return int(config.initial_scale * config.total_per_replica - config.burst)


class Phase(Enum):
    """The condition `Active` of a PodAutoscaler: Unknown, True, False."""

    ACTIVATING = "activating"
    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class Status:
    """Since when a revision is in its phase, and whether it ever reached its initial scale."""

    phase: Phase
    since: float
    initialised: bool = False


@dataclass(frozen=True)
class Scale:
    """What is to be: `want` replicas, set only where it is `applied`; to be asked again after `again` seconds."""

    want: int
    applied: bool
    again: float | None = None


def scaled(config: Config, status: Status, desired: int, now: float, proxied: float) -> Scale:
    """What becomes of `desired`, where the activator has been in the way for `proxied` seconds."""
    if desired < 0 and status.phase is not Phase.ACTIVATING:
        return Scale(UNKNOWN, applied=False)
    want = bounded(config, desired, initialised=status.initialised)
    return Scale(want, applied=True) if want else _to_zero(config, status, now - status.since, proxied)


def bounded(config: Config, want: int, *, initialised: bool = True) -> int:
    """`want` within min-scale and max-scale; until it was reached once, the initial scale is the least."""
    least = config.min_scale
    if config.initial_scale > 1 and not initialised and config.reachable:
        least = max(least, config.initial_scale)
    want = max(want, least)
    return min(want, config.max_scale) if config.max_scale else want


def _to_zero(config: Config, status: Status, since: float, proxied: float) -> Scale:
    match status.phase:
        case Phase.ACTIVATING:
            longest = config.progress_deadline + _ACTIVATION_BUFFER
            return Scale(0, applied=True) if since > longest else Scale(UNKNOWN, applied=False, again=longest - since)
        case Phase.ACTIVE if since < config.window:
            return Scale(1, applied=True, again=config.window - since)
        case Phase.ACTIVE:
            return Scale(0, applied=False, again=_PROMPTLY)
    return _last_replica(config, since, proxied)


def _last_replica(config: Config, idle: float, proxied: float) -> Scale:
    retention = config.retention if config.reachable else 0.0
    if idle >= max(config.grace, retention):
        return Scale(0, applied=True)
    if idle < retention:
        return Scale(0, applied=False, again=retention - idle)
    wait = config.grace - proxied
    return Scale(0, applied=True) if wait <= 0 else Scale(0, applied=False, again=wait)


def proxying(want: int, excess: int) -> bool:
    """Whether requests go through the activator."""
    return want <= 0 or excess < 0


def settled(config: Config, status: Status, want: int, ready: int, now: float) -> Status:
    """The status after `want` was decided while `ready` replicas were ready: kpa.go, computeActiveCondition.

    Kubernetes keeps the time of a change to whole seconds.
    """
    least = max(config.min_scale, 1 if status.initialised else config.initial_scale)
    initialised, phase = status.initialised or ready >= least, status.phase
    wanted = want > 0 or phase is not Phase.INACTIVE
    if want == 0 or least == 0:
        phase = Phase.INACTIVE
    elif wanted:
        phase = Phase.ACTIVE if ready >= least else Phase.ACTIVATING
    return Status(phase, status.since if phase is status.phase else math.floor(now), initialised)

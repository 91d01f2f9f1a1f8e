"""The arithmetic of Knative's pod autoscaler (KPA), without clock or I/O: averages in, number of replicas out.

Follows knative/serving: pkg/autoscaler/scaling/autoscaler.go for the desired scale, and
pkg/reconciler/autoscaling/kpa/{scaler,kpa}.go for the scale that is applied.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum

from local.manifests.serving import Scaling

#: The desired scale before the first report: do not change the number of replicas.
UNKNOWN = -1
#: Seconds between two decisions. The scale-down delay has the same resolution.
TICK_SECONDS = 2
_DEFAULT_TARGET = 100.0
_MIN_TARGET = 0.01
_IDLE_RECHECK = 3.0  # seconds after which an idle revision is checked again
_ACTIVATION_BUFFER = 30.0  # seconds beyond the progress deadline for a replica that does not become ready
_DEFAULTS = Scaling.model_validate({})


@dataclass(frozen=True)
class Config:
    """The settings of a revision and of its cluster. Times are in seconds; a limit of zero means no limit.

    The settings from `max_scale_up_rate` on are those of the cluster, with Knative's defaults.
    """

    container_concurrency: int = 0
    target: float | None = _DEFAULTS.target
    utilization: float = _DEFAULTS.utilization
    window: float = _DEFAULTS.window
    panic_window_percentage: float = _DEFAULTS.panic_window_percentage
    panic_threshold_percentage: float = _DEFAULTS.panic_threshold_percentage
    target_burst_capacity: float = _DEFAULTS.target_burst_capacity
    min_scale: int = _DEFAULTS.min_scale
    max_scale: int = _DEFAULTS.max_scale
    initial_scale: int = _DEFAULTS.initial_scale
    activation_scale: int = _DEFAULTS.activation_scale
    scale_down_delay: float = _DEFAULTS.scale_down_delay
    retention: float = _DEFAULTS.retention
    progress_deadline: float = _DEFAULTS.progress_deadline
    is_reachable: bool = True
    max_scale_up_rate: float = 1000.0
    max_scale_down_rate: float = 2.0
    scale_to_zero_grace: float = 30.0

    @property
    def total_per_replica(self) -> float:
        total = self.target or float(self.container_concurrency) or _DEFAULT_TARGET
        return min(total, self.container_concurrency) if self.container_concurrency else total

    @property
    def target_per_replica(self) -> float:
        return max(_MIN_TARGET, self.total_per_replica * self.utilization / 100)

    @property
    def panic_window(self) -> float:
        return max(1.0, math.floor(self.window * self.panic_window_percentage / 100 + 0.5))


@dataclass(frozen=True)
class Observation:
    """The average requests in flight over the stable and the panic window, and the number of ready replicas."""

    stable: float
    panic: float
    ready: int


@dataclass(frozen=True)
class ScalingState:
    """The memory of the autoscaler between ticks.

    `recent_scales` has (tick, desired replicas) within the scale-down delay.
    """

    panic_since: float | None = None
    max_panic_scale: int = 0
    recent_scales: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Decision:
    """The desired replicas before minimum and maximum scale, and the excess burst capacity.

    If the excess is below zero, requests must go through the activator.
    """

    desired: int
    excess_burst_capacity: int


def create_state(ready: int, now: float) -> ScalingState:
    """Return the state of a new autoscaler.

    If it finds more than one replica, it starts in panic mode, so that it does not remove them without data.
    """
    return ScalingState(now, ready) if ready > 1 else ScalingState()


def decide(config: Config, state: ScalingState, observed: Observation, now: float) -> tuple[Decision, ScalingState]:
    """Return the decision of a tick and the next state; `now` is in seconds of a monotonic clock."""
    stable, panic, over = _compute_scales(config, observed)
    state = _update_panic(state, config, now, over=over)
    desired = stable
    if state.panic_since is not None:
        desired = max(state.max_panic_scale, stable, panic)
        state = replace(state, max_panic_scale=desired)
    desired, state = _apply_scale_down_delay(config, state, desired, now)
    return Decision(desired, _compute_excess(config, observed)), state


def _compute_scales(config: Config, observed: Observation) -> tuple[int, int, bool]:
    ready = max(1, observed.ready)
    up = math.ceil(config.max_scale_up_rate * ready)
    down = math.floor(ready / config.max_scale_down_rate) if config.is_reachable else 0
    for_stable = math.ceil(observed.stable / config.target_per_replica)
    for_panic = math.ceil(observed.panic / config.target_per_replica)
    stable, panic = min(max(for_stable, down), up), min(max(for_panic, down), up)
    if config.activation_scale > 1:
        stable = max(stable, config.activation_scale) if for_stable > 0 else stable
        panic = max(panic, config.activation_scale) if for_panic > 0 else panic
    return stable, panic, for_panic / ready >= config.panic_threshold_percentage / 100


def _update_panic(state: ScalingState, config: Config, now: float, *, over: bool) -> ScalingState:
    if over:
        return replace(state, panic_since=now)
    if state.panic_since is not None and state.panic_since + config.window < now:
        return replace(state, panic_since=None, max_panic_scale=0)
    return state


def _apply_scale_down_delay(config: Config, state: ScalingState, desired: int, now: float) -> tuple[int, ScalingState]:
    """Return the largest scale desired within the delay, in whole ticks: pkg/autoscaler/aggregation/max."""
    if not (config.scale_down_delay and config.is_reachable):
        return desired, state
    tick, steps = int(now) // TICK_SECONDS, math.ceil(config.scale_down_delay / TICK_SECONDS)
    larger = (entry for entry in state.recent_scales if tick - entry[0] < steps and entry[1] > desired)
    recent_scales = (*larger, (tick, desired))
    return max(count for _, count in recent_scales), replace(state, recent_scales=recent_scales)


def _compute_excess(config: Config, observed: Observation) -> int:
    if config.target_burst_capacity == 0:
        return 0
    if config.target_burst_capacity < 0:
        return -1
    return math.floor(observed.ready * config.total_per_replica - config.target_burst_capacity - observed.panic)


def compute_initial_excess(config: Config) -> int:
    """Return the excess burst capacity before the first tick."""
    if config.target_burst_capacity in {-1, 0}:
        return int(config.target_burst_capacity)
    return int(config.initial_scale * config.total_per_replica - config.target_burst_capacity)


class Phase(Enum):
    """The condition `Active` of a PodAutoscaler: Unknown, True or False, in this order."""

    ACTIVATING = "activating"
    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class RevisionStatus:
    """The phase of a revision, the time of its last change, and whether it ever reached its initial scale."""

    phase: Phase
    since: float
    has_reached_initial_scale: bool = False


@dataclass(frozen=True)
class ScaleTarget:
    """A number of replicas, which is set only if `is_applied`, and the seconds until the next check, or None."""

    replicas: int
    is_applied: bool
    recheck_after: float | None = None


def plan_scale(config: Config, status: RevisionStatus, desired: int, now: float, proxied: float) -> ScaleTarget:
    """Return the scale to set for `desired`. The activator has been in the path for `proxied` seconds."""
    if desired < 0 and status.phase is not Phase.ACTIVATING:
        return ScaleTarget(UNKNOWN, is_applied=False)
    replicas = clamp_scale(config, desired, has_reached_initial_scale=status.has_reached_initial_scale)
    if replicas:
        return ScaleTarget(replicas, is_applied=True)
    return _plan_scale_to_zero(config, status, now - status.since, proxied)


def clamp_scale(config: Config, desired: int, *, has_reached_initial_scale: bool = True) -> int:
    """Return `desired` within min-scale and max-scale. The initial scale is the minimum until it is reached once."""
    minimum = config.min_scale
    if config.initial_scale > 1 and not has_reached_initial_scale and config.is_reachable:
        minimum = max(minimum, config.initial_scale)
    desired = max(desired, minimum)
    return min(desired, config.max_scale) if config.max_scale else desired


def _plan_scale_to_zero(config: Config, status: RevisionStatus, since: float, proxied: float) -> ScaleTarget:
    match status.phase:
        case Phase.ACTIVATING:
            longest = config.progress_deadline + _ACTIVATION_BUFFER
            if since > longest:
                return ScaleTarget(0, is_applied=True)
            return ScaleTarget(UNKNOWN, is_applied=False, recheck_after=longest - since)
        case Phase.ACTIVE if since < config.window:
            return ScaleTarget(1, is_applied=True, recheck_after=config.window - since)
        case Phase.ACTIVE:
            return ScaleTarget(0, is_applied=False, recheck_after=_IDLE_RECHECK)
    return _plan_last_replica(config, since, proxied)


def _plan_last_replica(config: Config, idle: float, proxied: float) -> ScaleTarget:
    retention = config.retention if config.is_reachable else 0.0
    if idle >= max(config.scale_to_zero_grace, retention):
        return ScaleTarget(0, is_applied=True)
    if idle < retention:
        return ScaleTarget(0, is_applied=False, recheck_after=retention - idle)
    wait = config.scale_to_zero_grace - proxied
    return ScaleTarget(0, is_applied=True) if wait <= 0 else ScaleTarget(0, is_applied=False, recheck_after=wait)


def needs_activator(replicas: int, excess: int) -> bool:
    """Return whether requests must go through the activator."""
    return replicas <= 0 or excess < 0


def update_status(config: Config, status: RevisionStatus, replicas: int, ready: int, now: float) -> RevisionStatus:
    """Return the status after a plan of `replicas` while `ready` replicas were ready: kpa.go, computeActiveCondition.

    Kubernetes stores the time of a change in whole seconds.
    """
    minimum = max(config.min_scale, 1 if status.has_reached_initial_scale else config.initial_scale)
    has_reached, phase = status.has_reached_initial_scale or ready >= minimum, status.phase
    stays_active = replicas > 0 or phase is not Phase.INACTIVE
    if replicas == 0 or minimum == 0:
        phase = Phase.INACTIVE
    elif stays_active:
        phase = Phase.ACTIVE if ready >= minimum else Phase.ACTIVATING
    return RevisionStatus(phase, status.since if phase is status.phase else math.floor(now), has_reached)

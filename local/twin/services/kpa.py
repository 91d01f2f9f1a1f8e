"""The arithmetic of Knative's pod autoscaler (KPA), without clock or I/O: averages in, number of replicas out.

Follows knative/serving: pkg/autoscaler/scaling/autoscaler.go for the desired scale, and
pkg/reconciler/autoscaling/kpa/{scaler,kpa}.go for the scale that is applied.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum

from local.manifests.serving import Scaling

#: The desired scale while the autoscaler has no report. The number of replicas then stays unchanged.
UNKNOWN = -1
#: Seconds between two decisions (ticks). The scale-down delay is rounded up to whole ticks.
TICK_SECONDS = 2
_DEFAULT_TARGET = 100.0  # for a revision with neither a target nor containerConcurrency
_MIN_TARGET = 0.01
_IDLE_RECHECK = 3.0  # seconds after which an idle revision is checked again
# A revision that does not become ready is scaled to zero this many seconds after its progress deadline.
_ACTIVATION_BUFFER = 30.0
_DEFAULTS = Scaling.model_validate({})


@dataclass(frozen=True)
class Config:
    """The settings of a revision and of its cluster. Times are in seconds; a limit of zero means no limit.

    `is_reachable` is true if a route leads to the revision. The settings from `max_scale_up_rate` on are those of the
    cluster, with Knative's defaults.
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
        """The number of concurrent requests per replica at a utilization of 100 %."""
        total = self.target or float(self.container_concurrency) or _DEFAULT_TARGET
        return min(total, self.container_concurrency) if self.container_concurrency else total

    @property
    def target_per_replica(self) -> float:
        """The number of concurrent requests per replica that the autoscaler aims at."""
        return max(_MIN_TARGET, self.total_per_replica * self.utilization / 100)

    @property
    def panic_window(self) -> float:
        """The length of the panic window in whole seconds, at least one."""
        return max(1.0, math.floor(self.window * self.panic_window_percentage / 100 + 0.5))


@dataclass(frozen=True)
class Observation:
    """The average requests in flight over the stable and the panic window, and the number of ready replicas."""

    stable: float
    panic: float
    ready: int


@dataclass(frozen=True)
class ScalingState:
    """The values that the autoscaler keeps between ticks.

    `panic_since` is the last time at which the load reached the panic threshold, or None outside panic mode. During
    panic mode, the scale never falls below `max_panic_scale`. `recent_scales` has a pair (number of the tick, desired
    replicas) for each tick within the scale-down delay that can still determine the scale.
    """

    panic_since: float | None = None
    max_panic_scale: int = 0
    recent_scales: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Decision:
    """The desired replicas before min-scale and max-scale are applied, and the excess burst capacity in requests.

    If the excess burst capacity is below zero, requests must go through the activator.
    """

    desired: int
    excess_burst_capacity: int


def create_state(ready: int, now: float) -> ScalingState:
    """Return the state of a new autoscaler.

    It starts in panic mode if more than one replica is ready, so that it removes no replica before the first reports.
    """
    return ScalingState(now, ready) if ready > 1 else ScalingState()


def decide(config: Config, state: ScalingState, observed: Observation, now: float) -> tuple[Decision, ScalingState]:
    """Return the decision of a tick and the next state; `now` is in seconds of a monotonic clock."""
    stable, panic, is_above_threshold = _compute_scales(config, observed)
    state = _update_panic(state, config, now, is_above_threshold=is_above_threshold)
    desired = stable
    if state.panic_since is not None:
        desired = max(state.max_panic_scale, stable, panic)
        state = replace(state, max_panic_scale=desired)
    desired, state = _apply_scale_down_delay(config, state, desired, now)
    return Decision(desired, _compute_excess(config, observed)), state


def _compute_scales(config: Config, observed: Observation) -> tuple[int, int, bool]:
    """Return the scales for the stable window and the panic window, and whether the load reaches the panic threshold.

    The maximum rates and the activation scale limit both scales.
    """
    ready = max(1, observed.ready)
    highest = math.ceil(config.max_scale_up_rate * ready)
    lowest = math.floor(ready / config.max_scale_down_rate) if config.is_reachable else 0
    stable_scale = math.ceil(observed.stable / config.target_per_replica)
    panic_scale = math.ceil(observed.panic / config.target_per_replica)
    stable, panic = min(max(stable_scale, lowest), highest), min(max(panic_scale, lowest), highest)
    if config.activation_scale > 1:
        stable = max(stable, config.activation_scale) if stable_scale > 0 else stable
        panic = max(panic, config.activation_scale) if panic_scale > 0 else panic
    return stable, panic, panic_scale / ready >= config.panic_threshold_percentage / 100


def _update_panic(state: ScalingState, config: Config, now: float, *, is_above_threshold: bool) -> ScalingState:
    """Start or extend panic mode, or end it if the load was below the threshold for a stable window."""
    if is_above_threshold:
        return replace(state, panic_since=now)
    if state.panic_since is not None and state.panic_since + config.window < now:
        return replace(state, panic_since=None, max_panic_scale=0)
    return state


def _apply_scale_down_delay(config: Config, state: ScalingState, desired: int, now: float) -> tuple[int, ScalingState]:
    """Return the largest scale that was desired within the scale-down delay, and the next state.

    Follows pkg/autoscaler/aggregation/max.
    """
    if not (config.scale_down_delay and config.is_reachable):
        return desired, state
    tick, delay_ticks = int(now) // TICK_SECONDS, math.ceil(config.scale_down_delay / TICK_SECONDS)
    larger_scales = (entry for entry in state.recent_scales if tick - entry[0] < delay_ticks and entry[1] > desired)
    recent_scales = (*larger_scales, (tick, desired))
    return max(count for _, count in recent_scales), replace(state, recent_scales=recent_scales)


def _compute_excess(config: Config, observed: Observation) -> int:
    """Return the excess burst capacity in requests.

    With a target burst capacity of 0, requests bypass the activator while there is a replica. With -1, they never do.
    """
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
    """The phase of a revision, the time since which it has this phase, and whether it ever had its initial scale."""

    phase: Phase
    since: float
    has_reached_initial_scale: bool = False


@dataclass(frozen=True)
class ScaleTarget:
    """The planned number of replicas. If `is_applied` is false, the current number stays.

    `recheck_after` is the number of seconds until the next check; None means no further check.
    """

    replicas: int
    is_applied: bool
    recheck_after: float | None = None


def plan_scale(config: Config, status: RevisionStatus, desired: int, now: float, proxied_seconds: float) -> ScaleTarget:
    """Return the scale to set for `desired`; `now` is in seconds of a monotonic clock.

    `proxied_seconds` is the time for which all requests have gone through the activator without interruption.
    """
    if desired < 0 and status.phase is not Phase.ACTIVATING:
        return ScaleTarget(UNKNOWN, is_applied=False)
    replicas = clamp_scale(config, desired, has_reached_initial_scale=status.has_reached_initial_scale)
    if replicas:
        return ScaleTarget(replicas, is_applied=True)
    return _plan_scale_to_zero(config, status, now - status.since, proxied_seconds)


def clamp_scale(config: Config, desired: int, *, has_reached_initial_scale: bool = True) -> int:
    """Return `desired` within min-scale and max-scale. The initial scale is the minimum until it is reached once."""
    minimum = config.min_scale
    if config.initial_scale > 1 and not has_reached_initial_scale and config.is_reachable:
        minimum = max(minimum, config.initial_scale)
    desired = max(desired, minimum)
    return min(desired, config.max_scale) if config.max_scale else desired


def _plan_scale_to_zero(
    config: Config, status: RevisionStatus, phase_seconds: float, proxied_seconds: float
) -> ScaleTarget:
    """Return the scale if zero replicas are desired or the desired scale is still unknown.

    The revision has been in its phase for `phase_seconds`.
    """
    match status.phase:
        case Phase.ACTIVATING:
            max_seconds = config.progress_deadline + _ACTIVATION_BUFFER
            if phase_seconds > max_seconds:
                return ScaleTarget(0, is_applied=True)
            return ScaleTarget(UNKNOWN, is_applied=False, recheck_after=max_seconds - phase_seconds)
        case Phase.ACTIVE if phase_seconds < config.window:
            return ScaleTarget(1, is_applied=True, recheck_after=config.window - phase_seconds)
        case Phase.ACTIVE:
            return ScaleTarget(0, is_applied=False, recheck_after=_IDLE_RECHECK)
    return _plan_last_replica(config, phase_seconds, proxied_seconds)


def _plan_last_replica(config: Config, idle_seconds: float, proxied_seconds: float) -> ScaleTarget:
    """Return the scale of an inactive revision. Its last replica stays at least for the retention period.

    After this period, the replica ends when the revision has been inactive for the grace period (`idle_seconds`), or
    when all requests have gone through the activator for the grace period (`proxied_seconds`).
    """
    retention = config.retention if config.is_reachable else 0.0
    if idle_seconds >= max(config.scale_to_zero_grace, retention):
        return ScaleTarget(0, is_applied=True)
    if idle_seconds < retention:
        return ScaleTarget(0, is_applied=False, recheck_after=retention - idle_seconds)
    wait = config.scale_to_zero_grace - proxied_seconds
    return ScaleTarget(0, is_applied=True) if wait <= 0 else ScaleTarget(0, is_applied=False, recheck_after=wait)


def needs_activator(replicas: int, excess: int) -> bool:
    """Return whether requests must go through the activator."""
    return replicas <= 0 or excess < 0


def update_status(config: Config, status: RevisionStatus, replicas: int, ready: int, now: float) -> RevisionStatus:
    """Return the status after `replicas` were planned, while `ready` replicas are ready.

    Follows computeActiveCondition in kpa.go. The time of a change is in whole seconds, as Kubernetes stores it.
    """
    minimum = max(config.min_scale, 1 if status.has_reached_initial_scale else config.initial_scale)
    has_reached, phase = status.has_reached_initial_scale or ready >= minimum, status.phase
    should_be_active = replicas > 0 or phase is not Phase.INACTIVE
    if replicas == 0 or minimum == 0:
        phase = Phase.INACTIVE
    elif should_be_active:
        phase = Phase.ACTIVE if ready >= minimum else Phase.ACTIVATING
    return RevisionStatus(phase, status.since if phase is status.phase else math.floor(now), has_reached)

"""Knative's autoscaling arithmetic (KPA), without clock or I/O: numbers in, number of replicas out.

Follows knative/serving: pkg/autoscaler/scaling/autoscaler.go and pkg/reconciler/autoscaling/kpa/scaler.go.
"""

import math
from dataclasses import dataclass, replace

_MAX_SCALE_UP_RATE = 1000.0
_MAX_SCALE_DOWN_RATE = 2.0
_PANIC_WINDOW_SHARE = 0.10
_PANIC_THRESHOLD = 2.0
_DEFAULT_TARGET = 100.0
_GRACE = 30.0  # scale-to-zero-grace-period: seconds that the activator must have been in the way


@dataclass(frozen=True)
class Config:
    """One revision's settings; seconds, and zero for no limit."""

    concurrency: int = 0
    target: float | None = None
    utilization: float = 70.0
    window: float = 60.0
    min_scale: int = 0
    max_scale: int = 0
    activation_scale: int = 1
    scale_down_delay: float = 0.0

    @property
    def target_per_replica(self) -> float:
        total = self.target or float(self.concurrency) or _DEFAULT_TARGET
        if self.concurrency:
            total = min(total, self.concurrency)
        return max(0.01, total * self.utilization / 100)

    @property
    def panic_window(self) -> float:
        return max(1.0, round(self.window * _PANIC_WINDOW_SHARE))


@dataclass(frozen=True)
class Observed:
    """Average requests in flight over both windows, and replicas that are ready."""

    stable: float
    panic: float
    ready: int


@dataclass(frozen=True)
class State:
    """What the arithmetic remembers between ticks; `recent` is (time, desired) within the scale-down delay."""

    panic_since: float | None = None
    most_in_panic: int = 0
    recent: tuple[tuple[float, int], ...] = ()


def desired(config: Config, state: State, observed: Observed, now: float) -> tuple[int, State]:
    """Replicas wanted before bounds, and the next state."""
    stable, panic, over = _counts(config, observed)
    state = _panicking(state, config, now, over=over)
    want = stable
    if state.panic_since is not None:
        want = max(state.most_in_panic, stable, panic)
        state = replace(state, most_in_panic=want)
    return _delayed(config, state, want, now)


def _counts(config: Config, observed: Observed) -> tuple[int, int, bool]:
    ready = max(1, observed.ready)
    up = math.ceil(_MAX_SCALE_UP_RATE * ready)
    down = math.floor(observed.ready / _MAX_SCALE_DOWN_RATE)
    for_stable = math.ceil(observed.stable / config.target_per_replica)
    for_panic = math.ceil(observed.panic / config.target_per_replica)
    stable, panic = min(max(for_stable, down), up), min(max(for_panic, down), up)
    if config.activation_scale > 1:
        stable = max(stable, config.activation_scale) if for_stable > 0 else stable
        panic = max(panic, config.activation_scale) if for_panic > 0 else panic
    return stable, panic, for_panic / ready >= _PANIC_THRESHOLD


def _panicking(state: State, config: Config, now: float, *, over: bool) -> State:
    if over:
        return replace(state, panic_since=now)
    if state.panic_since is not None and state.panic_since + config.window < now:
        return replace(state, panic_since=None, most_in_panic=0)
    return state


def _delayed(config: Config, state: State, want: int, now: float) -> tuple[int, State]:
    if not config.scale_down_delay:
        return want, state
    still = (entry for entry in state.recent if entry[0] > now - config.scale_down_delay)
    recent = (*still, (now, want))
    return max(count for _, count in recent), replace(state, recent=recent)


def bounded(config: Config, want: int) -> int:
    """`want` within min-scale and max-scale."""
    want = max(want, config.min_scale)
    return min(want, config.max_scale) if config.max_scale else want


def may_be_zero(config: Config, *, active: float, behind_activator: float) -> bool:
    """Whether the last replica may go, given seconds of being active and of the activator being in the way."""
    return active >= config.window and behind_activator >= _GRACE

"""Autoscaling decisions: traces of a real Knative Serving 0.50, and each rule on its own."""

from dataclasses import replace

import pytest

from local.twin.services.kpa import (
    UNKNOWN,
    Config,
    Observation,
    ScalingState,
    compute_initial_excess,
    create_state,
    decide,
    needs_activator,
)

ONE = Config(container_concurrency=1, window=10.0, max_scale=5)
FULL = replace(ONE, utilization=100.0)

# A trace has a row per tick: (seconds, stable, panic, ready), and the scale of the real autoscaler.
Trace = list[tuple[tuple[float, float, float, int], int]]

BURST_FROM_ZERO: Trace = [
    ((2.351, 1.000, 1.000, 0), 2),
    ((2.843, 1.000, 0.000, 0), 2),
    ((4.841, 8.326, 0.000, 0), 12),
    ((6.840, 12.995, 0.000, 2), 19),
    ((8.840, 14.990, 0.000, 5), 22),
    ((12.841, 19.940, 0.000, 5), 29),
]
DOWN_AGAIN: Trace = [
    ((48.840, 6.625, 0.000, 5), 10),
    ((50.840, 2.482, 0.000, 5), 4),
    ((52.840, 0.277, 0.000, 4), 2),
    ((54.840, 0.000, 0.000, 2), 1),
    ((56.840, 0.000, 0.000, 1), 0),
]
ONE_REQUEST_KEEPS_TWO: Trace = [
    ((0.036, 1.000, 1.000, 0), 2),
    ((1.636, 0.667, 1.000, 0), 2),
    ((3.636, 0.800, 1.000, 0), 2),
    ((5.636, 0.856, 0.995, 2), 2),
    ((27.637, 0.796, 0.000, 2), 2),
    ((29.636, 0.665, 0.000, 2), 1),
    ((35.636, 0.009, 0.000, 1), 1),
    ((37.636, 0.000, 0.000, 1), 0),
]
PANIC_AND_LEAVING_IT: Trace = [
    ((1.863, 0.912, 0.824, 0), 2),
    ((3.863, 1.456, 2.000, 0), 3),
    ((5.863, 1.637, 2.000, 1), 3),
    ((7.863, 1.725, 1.975, 3), 3),
    ((13.866, 1.547, 0.000, 3), 3),
    ((15.863, 1.103, 0.000, 3), 3),
    ((17.880, 0.661, 0.000, 3), 1),
]
THREE_AT_ONCE: Trace = [
    ((0.346, 1.000, 1.000, 0), 3),
    ((2.046, 0.667, 0.000, 0), 3),
    ((24.046, 0.000, 0.000, 3), 1),
    ((26.046, 0.000, 0.000, 1), 0),
]
FULL_UTILIZATION: Trace = [((1.0, 1.000, 1.000, 0), 1), ((3.0, 0.800, 0.000, 0), 1), ((5.0, 19.925, 0.000, 5), 20)]
DELAYED: Trace = [
    ((42.0, 19.0, 0.0, 5), 28),
    ((48.0, 2.8, 0.0, 5), 28),
    ((54.0, 0.0, 0.0, 5), 28),
    ((56.0, 0.0, 0.0, 5), 28),
    ((58.0, 0.0, 0.0, 4), 4),
    ((66.0, 0.0, 0.0, 4), 2),
]


@pytest.mark.parametrize(
    ("config", "trace"),
    [
        pytest.param(ONE, BURST_FROM_ZERO, id="a burst of twenty from zero"),
        pytest.param(ONE, DOWN_AGAIN, id="down by half at most"),
        pytest.param(ONE, ONE_REQUEST_KEEPS_TWO, id="one request keeps two at the default utilization"),
        pytest.param(ONE, PANIC_AND_LEAVING_IT, id="panic and leaving it"),
        pytest.param(replace(ONE, activation_scale=3), THREE_AT_ONCE, id="an activation scale"),
        pytest.param(FULL, FULL_UTILIZATION, id="full utilization"),
        pytest.param(replace(ONE, scale_down_delay=15.0), DELAYED, id="a scale-down delay"),
    ],
)
def test_decisions_match_the_recorded_autoscaler(config: Config, trace: Trace) -> None:
    assert _replay(config, trace) == [wanted for _, wanted in trace]


def test_panic_never_scales_down_and_ends_after_a_window() -> None:
    _, state = decide(ONE, ScalingState(), Observation(4.0, 4.0, 1), 0.0)
    held, state = decide(ONE, state, Observation(0.5, 0.0, 6), 9.0)
    after, state = decide(ONE, state, Observation(0.5, 0.0, 6), 11.0)
    assert (held.desired, after.desired, state) == (6, 3, ScalingState())


def test_load_above_the_threshold_extends_panic() -> None:
    _, state = decide(ONE, ScalingState(), Observation(4.0, 4.0, 1), 0.0)
    _, state = decide(ONE, state, Observation(4.0, 4.0, 1), 8.0)
    decision, state = decide(ONE, state, Observation(0.0, 0.0, 6), 17.0)
    assert (decision.desired, state.panic_since) == (6, 8.0)


@pytest.mark.parametrize(("percentage", "panics"), [(200.0, True), (400.0, False)])
def test_panic_threshold_is_a_percentage_of_ready_replicas(percentage: float, *, panics: bool) -> None:
    config = replace(FULL, panic_threshold_percentage=percentage)
    _, state = decide(config, ScalingState(), Observation(6.0, 6.0, 3), 0.0)
    assert (state.panic_since is not None) is panics


@pytest.mark.parametrize(
    ("window", "percentage", "seconds"),
    [(60.0, 10.0, 6.0), (10.0, 10.0, 1.0), (6.0, 10.0, 1.0), (25.0, 10.0, 3.0), (6.0, 50.0, 3.0)],
)
def test_panic_window_is_rounded_to_whole_seconds(window: float, percentage: float, seconds: float) -> None:
    assert Config(window=window, panic_window_percentage=percentage).panic_window == seconds


@pytest.mark.parametrize(
    ("config", "target"),
    [
        pytest.param(Config(), 70.0, id="the default of a hundred"),
        pytest.param(Config(container_concurrency=10), 7.0, id="the container's concurrency"),
        pytest.param(Config(target=5.0), 3.5, id="the annotation"),
        pytest.param(Config(container_concurrency=4, target=10.0, utilization=100.0), 4.0, id="the lesser of both"),
        pytest.param(Config(target=0.01, utilization=1.0), 0.01, id="never less than a hundredth"),
    ],
)
def test_target_comes_from_annotation_or_container_concurrency(config: Config, target: float) -> None:
    assert config.target_per_replica == pytest.approx(target)


def test_new_autoscaler_with_several_replicas_starts_in_panic() -> None:
    kept, _ = decide(ONE, create_state(4, 0.0), Observation(0.0, 0.0, 4), 2.0)
    small, _ = decide(ONE, create_state(1, 0.0), Observation(0.0, 0.0, 1), 2.0)
    assert (kept.desired, small.desired) == (4, 0)


def test_unreachable_revision_scales_down_without_delay() -> None:
    config = replace(ONE, is_reachable=False, scale_down_delay=60.0)
    assert _replay(config, [((0.0, 5.0, 0.0, 8), 8), ((2.0, 0.0, 0.0, 8), 0)]) == [8, 0]


def test_scale_up_is_limited_by_the_rate() -> None:
    decision, _ = decide(replace(ONE, max_scale_up_rate=2.0), ScalingState(), Observation(100.0, 0.0, 3), 0.0)
    assert decision.desired == 6


@pytest.mark.parametrize(
    ("burst", "ready", "panic", "excess"),
    [
        pytest.param(211.0, 0, 1.0, -212, id="recorded: nothing runs"),
        pytest.param(211.0, 5, 0.0, -206, id="recorded: five replicas"),
        pytest.param(0.0, 1, 9.0, 0, id="zero takes the activator out of the way"),
        pytest.param(-1.0, 500, 0.0, -1, id="minus one leaves it in the way"),
        pytest.param(10.0, 12, 1.5, 0, id="capacity to spare"),
    ],
)
def test_excess_burst_capacity_subtracts_target_and_load(burst: float, ready: int, panic: float, excess: int) -> None:
    decision, _ = decide(
        replace(ONE, target_burst_capacity=burst), ScalingState(), Observation(panic, panic, ready), 0.0
    )
    assert decision.excess_burst_capacity == excess


@pytest.mark.parametrize(("burst", "excess"), [(211.0, -210), (0.0, 0), (-1.0, -1), (1.0, 0)])
def test_initial_excess_uses_the_initial_scale(burst: float, excess: int) -> None:
    assert compute_initial_excess(replace(ONE, target_burst_capacity=burst)) == excess


@pytest.mark.parametrize(
    ("want", "excess", "through"), [(0, 5, True), (2, -1, True), (2, 0, False), (UNKNOWN, 0, True)]
)
def test_activator_is_needed_at_zero_and_without_excess_capacity(want: int, excess: int, *, through: bool) -> None:
    assert needs_activator(want, excess) is through


def _replay(config: Config, trace: Trace) -> list[int]:
    state, wanted = ScalingState(), []
    for (now, stable, panic, ready), _ in trace:
        decision, state = decide(config, state, Observation(stable, panic, ready), now)
        wanted.append(decision.desired)
    return wanted

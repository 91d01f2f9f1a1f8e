"""How many replicas are wanted: worked traces of a real Knative Serving 0.50, and each rule by itself."""

from dataclasses import replace

import pytest

from local.twin.services.kpa import UNKNOWN, Config, Observed, State, decided, first_excess, proxying, started

ONE = Config(concurrency=1, window=10.0, max_scale=5)
FULL = replace(ONE, utilization=100.0)

# A trace is a row per tick: (seconds, stable, panic, ready) and what the real autoscaler wanted.
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
def test_a_trace_wants_what_the_real_autoscaler_wanted(config: Config, trace: Trace) -> None:
    assert _replayed(config, trace) == [wanted for _, wanted in trace]


def test_panic_never_scales_down_and_ends_a_window_after_its_cause() -> None:
    _, state = decided(ONE, State(), Observed(4.0, 4.0, 1), 0.0)
    held, state = decided(ONE, state, Observed(0.5, 0.0, 6), 9.0)
    after, state = decided(ONE, state, Observed(0.5, 0.0, 6), 11.0)
    assert (held.want, after.want, state) == (6, 3, State())


def test_a_load_that_stays_over_the_threshold_extends_panic() -> None:
    _, state = decided(ONE, State(), Observed(4.0, 4.0, 1), 0.0)
    _, state = decided(ONE, state, Observed(4.0, 4.0, 1), 8.0)
    decision, state = decided(ONE, state, Observed(0.0, 0.0, 6), 17.0)
    assert (decision.want, state.panic_since) == (6, 8.0)


@pytest.mark.parametrize(("percentage", "panics"), [(200.0, True), (400.0, False)])
def test_the_panic_threshold_is_so_many_percent_of_what_is_ready(percentage: float, *, panics: bool) -> None:
    config = replace(FULL, panic_threshold_percentage=percentage)
    _, state = decided(config, State(), Observed(6.0, 6.0, 3), 0.0)
    assert (state.panic_since is not None) is panics


@pytest.mark.parametrize(
    ("window", "percentage", "seconds"),
    [(60.0, 10.0, 6.0), (10.0, 10.0, 1.0), (6.0, 10.0, 1.0), (25.0, 10.0, 3.0), (6.0, 50.0, 3.0)],
)
def test_the_panic_window_is_a_share_in_whole_seconds(window: float, percentage: float, seconds: float) -> None:
    assert Config(window=window, panic_window_percentage=percentage).panic_window == seconds


@pytest.mark.parametrize(
    ("config", "target"),
    [
        pytest.param(Config(), 70.0, id="the default of a hundred"),
        pytest.param(Config(concurrency=10), 7.0, id="the container's concurrency"),
        pytest.param(Config(target=5.0), 3.5, id="the annotation"),
        pytest.param(Config(concurrency=4, target=10.0, utilization=100.0), 4.0, id="the lesser of both"),
        pytest.param(Config(target=0.01, utilization=1.0), 0.01, id="never less than a hundredth"),
    ],
)
def test_the_target_comes_from(config: Config, target: float) -> None:
    assert config.target_per_replica == pytest.approx(target)


def test_an_autoscaler_that_finds_more_than_one_replica_begins_in_panic() -> None:
    kept, _ = decided(ONE, started(4, 0.0), Observed(0.0, 0.0, 4), 2.0)
    small, _ = decided(ONE, started(1, 0.0), Observed(0.0, 0.0, 1), 2.0)
    assert (kept.want, small.want) == (4, 0)


def test_an_unreachable_revision_goes_at_once_and_knows_no_delay() -> None:
    config = replace(ONE, reachable=False, scale_down_delay=60.0)
    assert _replayed(config, [((0.0, 5.0, 0.0, 8), 8), ((2.0, 0.0, 0.0, 8), 0)]) == [8, 0]


def test_scaling_up_is_at_most_the_rate() -> None:
    decision, _ = decided(replace(ONE, max_up=2.0), State(), Observed(100.0, 0.0, 3), 0.0)
    assert decision.want == 6


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
def test_the_excess_burst_capacity_is(burst: float, ready: int, panic: float, excess: int) -> None:
    decision, _ = decided(replace(ONE, burst=burst), State(), Observed(panic, panic, ready), 0.0)
    assert decision.excess == excess


@pytest.mark.parametrize(("burst", "excess"), [(211.0, -210), (0.0, 0), (-1.0, -1), (1.0, 0)])
def test_before_the_first_tick_the_initial_scale_counts(burst: float, excess: int) -> None:
    assert first_excess(replace(ONE, burst=burst)) == excess


@pytest.mark.parametrize(
    ("want", "excess", "through"), [(0, 5, True), (2, -1, True), (2, 0, False), (UNKNOWN, 0, True)]
)
def test_the_activator_is_in_the_way_at_zero_and_without_capacity_to_spare(
    want: int, excess: int, *, through: bool
) -> None:
    assert proxying(want, excess) is through


def _replayed(config: Config, trace: Trace) -> list[int]:
    state, wanted = State(), []
    for (now, stable, panic, ready), _ in trace:
        decision, state = decided(config, state, Observed(stable, panic, ready), now)
        wanted.append(decision.want)
    return wanted

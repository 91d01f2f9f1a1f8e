"""The autoscaler's arithmetic against traces of a real Knative Serving 0.50, and properties that hold for any load."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.twin.kpa import Config, Observed, State, bounded, desired, may_be_zero

ONE_AT_A_TIME = Config(concurrency=1, window=10.0, max_scale=5)


def test_one_request_from_zero_wants_two_replicas_at_the_default_utilization() -> None:
    assert desired(ONE_AT_A_TIME, State(), Observed(1.0, 1.0, 0), 0.0)[0] == 2


def test_one_request_from_zero_wants_one_replica_at_full_utilization() -> None:
    full = replace(ONE_AT_A_TIME, utilization=100.0)
    assert desired(full, State(), Observed(1.0, 1.0, 0), 0.0)[0] == 1


def test_an_activation_scale_is_reached_at_once() -> None:
    config = replace(ONE_AT_A_TIME, activation_scale=3)
    assert desired(config, State(), Observed(1.0, 1.0, 0), 0.0)[0] == 3


def test_twenty_parallel_requests_scale_as_recorded() -> None:
    # (seconds, stable, panic, ready) and what the real autoscaler wanted.
    trace = [
        ((2.351, 1.000, 1.000, 0), 2),
        ((2.843, 1.000, 0.000, 0), 2),
        ((4.841, 8.326, 0.000, 0), 12),
        ((6.840, 12.995, 0.000, 2), 19),
        ((8.840, 14.990, 0.000, 5), 22),
    ]
    assert _replayed(ONE_AT_A_TIME, trace) == [wanted for _, wanted in trace]


def test_scaling_down_halves_at_most_as_recorded() -> None:
    trace = [
        ((48.840, 6.625, 0.000, 5), 10),
        ((50.840, 2.482, 0.000, 5), 4),
        ((52.840, 0.277, 0.000, 4), 2),
        ((54.840, 0.000, 0.000, 2), 1),
        ((56.840, 0.000, 0.000, 1), 0),
    ]
    assert _replayed(ONE_AT_A_TIME, trace) == [wanted for _, wanted in trace]


def test_panic_never_scales_down_and_ends_a_window_after_its_cause() -> None:
    _, state = desired(ONE_AT_A_TIME, State(), Observed(4.0, 4.0, 1), 0.0)
    held, state = desired(ONE_AT_A_TIME, state, Observed(0.5, 0.0, 6), 9.0)
    after, state = desired(ONE_AT_A_TIME, state, Observed(0.5, 0.0, 6), 11.0)
    assert (held, after, state.panic_since) == (6, 3, None)


def test_a_scale_down_delay_holds_the_most_that_was_wanted_within_it() -> None:
    config = replace(ONE_AT_A_TIME, scale_down_delay=15.0)
    wanted = _replayed(config, [((0.0, 2.8, 0.0, 4), 4), ((10.0, 0.0, 0.0, 4), 4), ((16.0, 0.0, 0.0, 4), 2)])
    assert wanted == [4, 4, 2]


def test_the_target_is_at_most_the_container_concurrency() -> None:
    assert Config(concurrency=4, target=10.0, utilization=100.0).target_per_replica == 4.0


@pytest.mark.parametrize(("want", "least", "most", "got"), [(0, 1, 0, 1), (9, 0, 5, 5), (3, 0, 0, 3), (2, 4, 6, 4)])
def test_min_scale_and_max_scale_bound_what_is_wanted(want: int, least: int, most: int, got: int) -> None:
    assert bounded(Config(min_scale=least, max_scale=most), want) == got


def test_the_last_replica_stays_for_a_stable_window_and_the_grace_period() -> None:
    config = Config(window=60.0)
    assert not may_be_zero(config, active=59.0, behind_activator=100.0)
    assert not may_be_zero(config, active=61.0, behind_activator=29.0)
    assert may_be_zero(config, active=61.0, behind_activator=31.0)


LOADS = st.builds(Observed, st.floats(0, 10_000), st.floats(0, 10_000), st.integers(0, 500))
CONFIGS = st.builds(
    Config,
    concurrency=st.integers(0, 100),
    window=st.floats(6, 3600),
    scale_down_delay=st.floats(0, 100),
    activation_scale=st.integers(1, 5),
)


@given(CONFIGS, st.lists(LOADS, max_size=20))
def test_any_load_wants_a_number_within_the_rates(config: Config, loads: list[Observed]) -> None:
    state = State()
    for tick, load in enumerate(loads):
        wanted, state = desired(config, state, load, tick * 2.0)
        assert wanted >= load.ready // 2


@given(CONFIGS, LOADS)
def test_more_load_never_wants_fewer_replicas(config: Config, load: Observed) -> None:
    more = replace(load, stable=load.stable * 2, panic=load.panic * 2)
    assert desired(config, State(), more, 0.0)[0] >= desired(config, State(), load, 0.0)[0]


def _replayed(config: Config, trace: list[tuple[tuple[float, float, float, int], int]]) -> list[int]:
    state, wanted = State(), []
    for (now, stable, panic, ready), _ in trace:
        want, state = desired(config, state, Observed(stable, panic, ready), now)
        wanted.append(want)
    return wanted

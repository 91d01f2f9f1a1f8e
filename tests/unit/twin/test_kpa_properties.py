"""Properties of autoscaling decisions for any load and settings."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from local.twin.services.kpa import Config, Observation, ScalingState, clamp_scale, decide

LOADS = st.builds(Observation, st.floats(0, 10_000), st.floats(0, 10_000), st.integers(0, 500))
CONFIGS = st.builds(
    Config,
    container_concurrency=st.integers(0, 100),
    utilization=st.floats(1, 100),
    window=st.floats(6, 3600),
    scale_down_delay=st.floats(0, 100),
    activation_scale=st.integers(1, 5),
    min_scale=st.integers(0, 5),
    max_scale=st.integers(0, 50),
    target_burst_capacity=st.sampled_from([-1.0, 0.0, 211.0]),
)


@given(CONFIGS, st.lists(LOADS, max_size=20))
def test_decision_is_within_the_rates(config: Config, loads: list[Observation]) -> None:
    state = ScalingState()
    for tick, load in enumerate(loads):
        decision, state = decide(config, state, load, tick * 2.0)
        assert decision.desired >= load.ready // 2


@given(CONFIGS, LOADS)
def test_more_load_never_needs_fewer_replicas(config: Config, load: Observation) -> None:
    more = replace(load, stable=load.stable * 2, panic=load.panic * 2)
    assert decide(config, ScalingState(), more, 0.0)[0].desired >= decide(config, ScalingState(), load, 0.0)[0].desired


@given(CONFIGS, st.lists(LOADS, min_size=2, max_size=20))
def test_panic_never_reduces_the_decision(config: Config, loads: list[Observation]) -> None:
    state, before = ScalingState(), 0
    for tick, load in enumerate(loads):
        _, state = decide(config, state, load, tick * 2.0)
        if state.panic_since is not None and tick:
            assert state.max_panic_scale >= before
        before = state.max_panic_scale


@given(CONFIGS, st.lists(LOADS, min_size=1, max_size=20), st.integers(2, 100))
def test_scale_down_delay_keeps_the_largest_decision(config: Config, loads: list[Observation], delay: int) -> None:
    config, state = replace(config, scale_down_delay=float(delay)), ScalingState()
    undelayed, plain = ScalingState(), replace(config, scale_down_delay=0.0)
    wants: list[int] = []
    for tick, load in enumerate(loads):
        decision, state = decide(config, state, load, tick * 2.0)
        want, undelayed = decide(plain, undelayed, load, tick * 2.0)
        wants.append(want.desired)
        assert decision.desired == max(wants[-((delay + 1) // 2) :])


@given(config=CONFIGS, want=st.integers(-1, 1000), initialised=st.booleans())
def test_applied_scale_is_within_the_bounds(config: Config, want: int, *, initialised: bool) -> None:
    config = replace(config, max_scale=config.max_scale and max(config.max_scale, config.min_scale))
    found = clamp_scale(config, want, has_reached_initial_scale=initialised)
    assert found >= config.min_scale
    assert found <= (config.max_scale or max(want, config.min_scale))


@given(CONFIGS, st.lists(LOADS, max_size=10))
def test_decisions_are_deterministic(config: Config, loads: list[Observation]) -> None:
    assert _run_decisions(config, loads) == _run_decisions(config, loads)


def _run_decisions(config: Config, loads: list[Observation]) -> list[object]:
    state, found = ScalingState(), list[object]()
    for tick, load in enumerate(loads):
        decision, state = decide(config, state, load, tick * 2.0)
        found += [decision, state]
    return found

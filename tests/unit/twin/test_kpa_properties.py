"""What holds for the autoscaler's arithmetic whatever the load and the settings."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from local.twin.services.kpa import Config, Observed, State, bounded, decided

LOADS = st.builds(Observed, st.floats(0, 10_000), st.floats(0, 10_000), st.integers(0, 500))
CONFIGS = st.builds(
    Config,
    concurrency=st.integers(0, 100),
    utilization=st.floats(1, 100),
    window=st.floats(6, 3600),
    scale_down_delay=st.floats(0, 100),
    activation_scale=st.integers(1, 5),
    min_scale=st.integers(0, 5),
    max_scale=st.integers(0, 50),
    burst=st.sampled_from([-1.0, 0.0, 211.0]),
)


@given(CONFIGS, st.lists(LOADS, max_size=20))
def test_any_load_wants_a_number_within_the_rates(config: Config, loads: list[Observed]) -> None:
    state = State()
    for tick, load in enumerate(loads):
        decision, state = decided(config, state, load, tick * 2.0)
        assert decision.want >= load.ready // 2


@given(CONFIGS, LOADS)
def test_more_load_never_wants_fewer_replicas(config: Config, load: Observed) -> None:
    more = replace(load, stable=load.stable * 2, panic=load.panic * 2)
    assert decided(config, State(), more, 0.0)[0].want >= decided(config, State(), load, 0.0)[0].want


@given(CONFIGS, st.lists(LOADS, min_size=2, max_size=20))
def test_panic_never_wants_fewer_replicas_than_before(config: Config, loads: list[Observed]) -> None:
    state, before = State(), 0
    for tick, load in enumerate(loads):
        _, state = decided(config, state, load, tick * 2.0)
        if state.panic_since is not None and tick:
            assert state.most_in_panic >= before
        before = state.most_in_panic


@given(CONFIGS, st.lists(LOADS, min_size=1, max_size=20), st.integers(2, 100))
def test_a_delay_holds_what_was_wanted_within_it(config: Config, loads: list[Observed], delay: int) -> None:
    config, state = replace(config, scale_down_delay=float(delay)), State()
    undelayed, plain = State(), replace(config, scale_down_delay=0.0)
    wants: list[int] = []
    for tick, load in enumerate(loads):
        decision, state = decided(config, state, load, tick * 2.0)
        want, undelayed = decided(plain, undelayed, load, tick * 2.0)
        wants.append(want.want)
        assert decision.want == max(wants[-((delay + 1) // 2) :])


@given(config=CONFIGS, want=st.integers(-1, 1000), initialised=st.booleans())
def test_what_is_applied_is_within_the_bounds(config: Config, want: int, *, initialised: bool) -> None:
    config = replace(config, max_scale=config.max_scale and max(config.max_scale, config.min_scale))
    found = bounded(config, want, initialised=initialised)
    assert found >= config.min_scale
    assert found <= (config.max_scale or max(want, config.min_scale))


@given(CONFIGS, st.lists(LOADS, max_size=10))
def test_the_same_loads_want_the_same(config: Config, loads: list[Observed]) -> None:
    assert _decisions(config, loads) == _decisions(config, loads)


def _decisions(config: Config, loads: list[Observed]) -> list[object]:
    state, found = State(), list[object]()
    for tick, load in enumerate(loads):
        decision, state = decided(config, state, load, tick * 2.0)
        found += [decision, state]
    return found

"""What becomes of a number of replicas that is wanted: bounds, and the steps to zero."""

from dataclasses import replace

import pytest

from local.twin.services.kpa import UNKNOWN, Config, Phase, Scale, Status, bounded, scaled, settled

ONE = Config(concurrency=1, window=10.0, max_scale=5)


@pytest.mark.parametrize(("want", "least", "most", "got"), [(0, 1, 0, 1), (9, 0, 5, 5), (3, 0, 0, 3), (2, 4, 6, 4)])
def test_min_scale_and_max_scale_bound_what_is_wanted(want: int, least: int, most: int, got: int) -> None:
    assert bounded(Config(min_scale=least, max_scale=most), want) == got


def test_an_initial_scale_is_the_least_until_it_was_reached() -> None:
    config = Config(initial_scale=3)
    assert (bounded(config, -1, initialised=False), bounded(config, 0)) == (3, 0)


# The last replica: a window of ten seconds, a grace of thirty.
@pytest.mark.parametrize(
    ("status", "now", "proxied", "scale"),
    [
        pytest.param(
            Status(Phase.ACTIVE, 8.0), 11.858, 8.0, Scale(1, applied=True, again=6.142), id="active too short"
        ),
        pytest.param(Status(Phase.ACTIVE, 8.0), 18.4, 15.0, Scale(0, applied=False, again=3.0), id="active a window"),
        pytest.param(Status(Phase.INACTIVE, 21.0), 21.9, 26.7, Scale(0, applied=False, again=3.3), id="in its grace"),
        pytest.param(Status(Phase.INACTIVE, 56.0), 56.862, 119.0, Scale(0, applied=True), id="grace used up before"),
        pytest.param(Status(Phase.INACTIVE, 0.0), 30.0, 0.0, Scale(0, applied=True), id="idle for the grace"),
        pytest.param(
            Status(Phase.ACTIVATING, 0.0), 49.0, 49.0, Scale(-1, applied=False, again=1.0), id="may still come"
        ),
        pytest.param(Status(Phase.ACTIVATING, 0.0), 50.1, 50.1, Scale(0, applied=True), id="never came"),
    ],
)
def test_a_revision_nobody_asks_for_goes_step_by_step(status: Status, now: float, proxied: float, scale: Scale) -> None:
    config = replace(ONE, progress_deadline=20.0)
    found = scaled(config, replace(status, initialised=True), 0, now, proxied)
    assert (found.want, found.applied) == (scale.want, scale.applied)
    assert found.again == pytest.approx(scale.again, abs=0.001)


@pytest.mark.parametrize(
    ("idle", "proxied", "scale"),
    [
        pytest.param(10.0, 300.0, Scale(0, applied=False, again=50.0), id="although the grace is used up"),
        pytest.param(60.0, 5.0, Scale(0, applied=True), id="although the activator has just come in"),
    ],
)
def test_a_retention_keeps_the_last_replica_so_long(idle: float, proxied: float, scale: Scale) -> None:
    status = Status(Phase.INACTIVE, 0.0, initialised=True)
    assert scaled(replace(ONE, retention=60.0), status, 0, idle, proxied) == scale


@pytest.mark.parametrize("phase", [Phase.ACTIVE, Phase.INACTIVE])
def test_without_anything_known_nothing_is_changed(phase: Phase) -> None:
    assert scaled(ONE, Status(phase, 0.0), UNKNOWN, 5.0, 5.0) == Scale(UNKNOWN, applied=False)


# kpa.go, computeActiveCondition: (want, ready, min-scale, before) and after.
@pytest.mark.parametrize(
    ("want", "ready", "least", "before", "after"),
    [
        (0, 3, 0, Phase.ACTIVE, Phase.INACTIVE),
        (2, 0, 0, Phase.INACTIVE, Phase.ACTIVATING),
        (2, 1, 0, Phase.ACTIVATING, Phase.ACTIVE),
        (2, 1, 2, Phase.ACTIVE, Phase.ACTIVATING),
        (-1, 0, 0, Phase.INACTIVE, Phase.INACTIVE),
        (-1, 0, 0, Phase.ACTIVATING, Phase.ACTIVATING),
        (-1, 0, 0, Phase.ACTIVE, Phase.ACTIVATING),
        (-1, 1, 0, Phase.INACTIVE, Phase.INACTIVE),
        (-1, 1, 1, Phase.ACTIVATING, Phase.ACTIVE),
    ],
)
def test_a_revision_is_active_by_what_is_wanted_and_ready(
    want: int, ready: int, least: int, before: Phase, after: Phase
) -> None:
    status = settled(Config(min_scale=least), Status(before, 1.0, initialised=True), want, ready, 9.7)
    assert (status.phase, status.since) == (after, 1.0 if after is before else 9)


def test_an_initial_scale_of_zero_is_reached_without_any_replica() -> None:
    status = settled(Config(initial_scale=0), Status(Phase.ACTIVATING, 0.0), UNKNOWN, 0, 1.0)
    assert status == Status(Phase.INACTIVE, 1, initialised=True)

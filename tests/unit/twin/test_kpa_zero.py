"""The applied scale: its bounds, and the steps to zero."""

from dataclasses import replace

import pytest

from local.twin.services.kpa import (
    UNKNOWN,
    Config,
    Phase,
    RevisionStatus,
    ScaleTarget,
    clamp_scale,
    plan_scale,
    update_status,
)

ONE = Config(container_concurrency=1, window=10.0, max_scale=5)


@pytest.mark.parametrize(("want", "least", "most", "got"), [(0, 1, 0, 1), (9, 0, 5, 5), (3, 0, 0, 3), (2, 4, 6, 4)])
def test_min_and_max_scale_limit_the_desired_scale(want: int, least: int, most: int, got: int) -> None:
    assert clamp_scale(Config(min_scale=least, max_scale=most), want) == got


def test_initial_scale_is_the_minimum_until_it_is_reached() -> None:
    config = Config(initial_scale=3)
    assert (clamp_scale(config, -1, has_reached_initial_scale=False), clamp_scale(config, 0)) == (3, 0)


# The last replica: a window of ten seconds, a grace of thirty.
@pytest.mark.parametrize(
    ("status", "now", "proxied", "scale"),
    [
        pytest.param(
            RevisionStatus(Phase.ACTIVE, 8.0),
            11.858,
            8.0,
            ScaleTarget(1, is_applied=True, recheck_after=6.142),
            id="active too short",
        ),
        pytest.param(
            RevisionStatus(Phase.ACTIVE, 8.0),
            18.4,
            15.0,
            ScaleTarget(0, is_applied=False, recheck_after=3.0),
            id="active a window",
        ),
        pytest.param(
            RevisionStatus(Phase.INACTIVE, 21.0),
            21.9,
            26.7,
            ScaleTarget(0, is_applied=False, recheck_after=3.3),
            id="in its grace",
        ),
        pytest.param(
            RevisionStatus(Phase.INACTIVE, 56.0),
            56.862,
            119.0,
            ScaleTarget(0, is_applied=True),
            id="grace used up before",
        ),
        pytest.param(
            RevisionStatus(Phase.INACTIVE, 0.0), 30.0, 0.0, ScaleTarget(0, is_applied=True), id="idle for the grace"
        ),
        pytest.param(
            RevisionStatus(Phase.ACTIVATING, 0.0),
            49.0,
            49.0,
            ScaleTarget(-1, is_applied=False, recheck_after=1.0),
            id="may still come",
        ),
        pytest.param(
            RevisionStatus(Phase.ACTIVATING, 0.0), 50.1, 50.1, ScaleTarget(0, is_applied=True), id="never came"
        ),
    ],
)
def test_idle_revision_scales_to_zero_step_by_step(
    status: RevisionStatus, now: float, proxied: float, scale: ScaleTarget
) -> None:
    config = replace(ONE, progress_deadline=20.0)
    found = plan_scale(config, replace(status, has_reached_initial_scale=True), 0, now, proxied)
    assert (found.replicas, found.is_applied) == (scale.replicas, scale.is_applied)
    assert found.recheck_after == pytest.approx(scale.recheck_after, abs=0.001)


@pytest.mark.parametrize(
    ("idle", "proxied", "scale"),
    [
        pytest.param(
            10.0, 300.0, ScaleTarget(0, is_applied=False, recheck_after=50.0), id="although the grace is used up"
        ),
        pytest.param(60.0, 5.0, ScaleTarget(0, is_applied=True), id="although the activator has just come in"),
    ],
)
def test_retention_period_keeps_the_last_replica(idle: float, proxied: float, scale: ScaleTarget) -> None:
    status = RevisionStatus(Phase.INACTIVE, 0.0, has_reached_initial_scale=True)
    assert plan_scale(replace(ONE, retention=60.0), status, 0, idle, proxied) == scale


@pytest.mark.parametrize("phase", [Phase.ACTIVE, Phase.INACTIVE])
def test_unknown_desired_scale_changes_nothing(phase: Phase) -> None:
    assert plan_scale(ONE, RevisionStatus(phase, 0.0), UNKNOWN, 5.0, 5.0) == ScaleTarget(UNKNOWN, is_applied=False)


# kpa.go, computeActiveCondition: (replicas, ready, min-scale, phase before) and phase after.
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
def test_phase_follows_from_desired_and_ready_replicas(
    want: int, ready: int, least: int, before: Phase, after: Phase
) -> None:
    status = update_status(
        Config(min_scale=least), RevisionStatus(before, 1.0, has_reached_initial_scale=True), want, ready, 9.7
    )
    assert (status.phase, status.since) == (after, 1.0 if after is before else 9)


def test_initial_scale_of_zero_is_reached_without_replicas() -> None:
    status = update_status(Config(initial_scale=0), RevisionStatus(Phase.ACTIVATING, 0.0), UNKNOWN, 0, 1.0)
    assert status == RevisionStatus(Phase.INACTIVE, 1, has_reached_initial_scale=True)

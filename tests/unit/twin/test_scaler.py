"""The autoscaling of a revision from its start to zero and back, in simulated time."""

from local.twin.services.kpa import Config, Phase
from local.twin.services.scaler import Scaler

CONFIG = Config(container_concurrency=1, utilization=100.0, window=6.0, max_scale=5)


def build_idle_scaler(config: Config = CONFIG) -> Scaler:
    """Return the scaler of a revision that was ready once and is idle at 100 s."""
    scaler = Scaler(config, 0.0)
    scaler.reconcile(1, 1.0)
    scaler.record_average(0.0, 2.0)
    scaler.tick(1, 2.0)
    for now in (8.0, 40.0):
        scaler.reconcile(1, now)
    return scaler


def test_new_revision_reaches_initial_scale_then_scales_to_zero() -> None:
    scaler = Scaler(CONFIG, 0.0)
    assert not scaler.reconcile(0, 0.0).is_applied
    assert not scaler.status.has_reached_initial_scale
    scaler.reconcile(1, 1.0)
    assert (scaler.status.phase, scaler.status.has_reached_initial_scale) == (Phase.ACTIVE, True)
    scaler.record_average(0.0, 2.0)
    scaler.tick(1, 2.5)
    first = scaler.reconcile(1, 2.5)
    idle = scaler.reconcile(1, 7.5)
    grace = scaler.reconcile(1, 7.6)
    gone = scaler.reconcile(1, 30.1)
    assert [(scale.replicas, scale.is_applied) for scale in (first, idle, grace, gone)] == [
        (1, True),
        (0, False),
        (0, False),
        (0, True),
    ]
    assert (idle.recheck_after, grace.recheck_after) == (0.05, 22.4)


def test_first_request_at_zero_requires_an_immediate_tick() -> None:
    scaler = build_idle_scaler()
    assert scaler.record_average(1.0, 100.0)
    assert scaler.tick(0, 100.0)
    assert scaler.reconcile(0, 100.0).replicas == 1
    assert not scaler.record_average(1.0, 100.5)


def test_request_before_the_first_tick_requires_no_tick() -> None:
    assert not Scaler(CONFIG, 0.0).record_average(1.0, 0.1)


def test_zero_burst_capacity_bypasses_the_activator() -> None:
    scaler = build_idle_scaler(Config(container_concurrency=1, window=6.0, target_burst_capacity=0.0))
    assert scaler.needs_activator
    scaler.record_average(1.0, 100.0)
    scaler.tick(0, 100.0)
    scaler.reconcile(0, 100.0)
    assert not scaler.needs_activator


def test_unready_revision_scales_down_30_seconds_after_its_deadline() -> None:
    scaler = Scaler(Config(progress_deadline=20.0), 0.0)
    assert scaler.reconcile(0, 0.0).recheck_after == 50.0
    assert not scaler.reconcile(0, 49.9).is_applied
    assert (scaler.reconcile(0, 50.1).replicas, scaler.status.phase) == (0, Phase.INACTIVE)


def test_tick_reports_whether_the_decision_changed() -> None:
    scaler = build_idle_scaler()
    scaler.record_average(1.0, 100.0)
    assert [scaler.tick(0, 100.0), scaler.tick(0, 100.9)] == [True, False]


def test_window_without_reports_changes_nothing() -> None:
    assert not build_idle_scaler().tick(0, 200.0)

"""One revision from its beginning to zero and back, in simulated time."""

from local.twin.services.kpa import Config, Phase
from local.twin.services.scaler import Scaler

CONFIG = Config(concurrency=1, utilization=100.0, window=6.0, max_scale=5)


def asleep(config: Config = CONFIG) -> Scaler:
    """A revision that was ready once, idle at 100 s."""
    scaler = Scaler(config, 0.0)
    scaler.reconcile(1, 1.0)
    scaler.report(0.0, 2.0)
    scaler.tick(1, 2.0)
    for now in (8.0, 40.0):
        scaler.reconcile(1, now)
    return scaler


def test_a_new_revision_waits_for_its_initial_scale_and_then_goes_step_by_step() -> None:
    scaler = Scaler(CONFIG, 0.0)
    assert not scaler.reconcile(0, 0.0).applied
    assert not scaler.status.initialised
    scaler.reconcile(1, 1.0)
    assert (scaler.status.phase, scaler.status.initialised) == (Phase.ACTIVE, True)
    scaler.report(0.0, 2.0)
    scaler.tick(1, 2.5)
    first = scaler.reconcile(1, 2.5)
    idle = scaler.reconcile(1, 7.5)
    grace = scaler.reconcile(1, 7.6)
    gone = scaler.reconcile(1, 30.1)
    assert [(scale.want, scale.applied) for scale in (first, idle, grace, gone)] == [
        (1, True),
        (0, False),
        (0, False),
        (0, True),
    ]
    assert (idle.again, grace.again) == (0.05, 22.4)


def test_the_first_request_from_zero_calls_for_a_tick_at_once() -> None:
    scaler = asleep()
    assert scaler.report(1.0, 100.0)
    assert scaler.tick(0, 100.0)
    assert scaler.reconcile(0, 100.0).want == 1
    assert not scaler.report(1.0, 100.5)


def test_before_anything_is_known_no_request_calls_for_a_tick() -> None:
    assert not Scaler(CONFIG, 0.0).report(1.0, 0.1)


def test_without_a_target_burst_capacity_requests_go_straight_to_replicas_as_soon_as_one_is_wanted() -> None:
    scaler = asleep(Config(concurrency=1, window=6.0, burst=0.0))
    assert scaler.proxying
    scaler.report(1.0, 100.0)
    scaler.tick(0, 100.0)
    scaler.reconcile(0, 100.0)
    assert not scaler.proxying


def test_a_revision_that_never_becomes_ready_is_given_up_thirty_seconds_after_its_deadline() -> None:
    scaler = Scaler(Config(progress_deadline=20.0), 0.0)
    assert scaler.reconcile(0, 0.0).again == 50.0
    assert not scaler.reconcile(0, 49.9).applied
    assert (scaler.reconcile(0, 50.1).want, scaler.status.phase) == (0, Phase.INACTIVE)


def test_ticks_that_change_nothing_say_so() -> None:
    scaler = asleep()
    scaler.report(1.0, 100.0)
    assert [scaler.tick(0, 100.0), scaler.tick(0, 100.9)] == [True, False]


def test_a_silence_longer_than_the_window_changes_nothing() -> None:
    assert not asleep().tick(0, 200.0)

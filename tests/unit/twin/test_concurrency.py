"""Reports and averages of requests in flight."""

import pytest

from local.twin.services.concurrency import ActivatorReporter, ConcurrencyAverage, TimedBuckets, WeightedBuckets


def test_report_is_the_time_average_in_flight() -> None:
    average = ConcurrencyAverage(0.0)
    average.record_change(1, 0.25)
    average.record_change(1, 0.5)
    average.record_change(-2, 1.0)
    assert average.report(1.0) == pytest.approx(1.25)


def test_first_request_is_reported_at_once_and_only_once() -> None:
    reporter = ActivatorReporter()
    assert (reporter.record_change(1, 0.0), reporter.report(1.0), reporter.report(2.0)) == (1.0, 0.0, 1.0)


def test_only_the_first_of_twenty_requests_is_reported_immediately() -> None:
    # Recorded: 1.0 at 23.98, 0 at 24.13 when the caller had sent two, 7.59 a second later, then 20.
    reporter = ActivatorReporter()
    assert [reporter.record_change(1, 0.0) for _ in range(20)] == [1.0] + [None] * 19
    assert (reporter.report(1.0), reporter.report(2.0)) == (19.0, 20.0)


def test_average_starts_with_the_first_request() -> None:
    reporter = ActivatorReporter()
    reporter.record_change(1, 10.75)
    reporter.record_change(1, 10.75)
    assert reporter.report(11.0) == 1.0


def test_idle_second_is_reported_once() -> None:
    reporter = ActivatorReporter()
    reporter.record_change(1, 0.0)
    reporter.record_change(-1, 0.5)
    assert (reporter.report(1.0), reporter.report(2.0), reporter.report(3.0)) == (0.0, 0.0, None)
    assert reporter.record_change(1, 3.5) == 1.0


def test_revision_without_requests_has_no_report() -> None:
    assert ActivatorReporter().report(1.0) is None


def test_partial_window_averages_since_the_first_report() -> None:
    # Recorded: one request from 23.87 on; ticks at 25.48 and 27.48 saw 0.667 and 0.800.
    buckets = TimedBuckets(10.0)
    for at, value in [(23.87, 1.0), (24.14, 0.0), (25.14, 1.0)]:
        buckets.record(at, value)
    assert buckets.compute_average(25.48) == pytest.approx(0.667, abs=0.001)
    buckets.record(26.14, 1.0)
    buckets.record(27.14, 1.0)
    assert buckets.compute_average(27.48) == pytest.approx(0.8)


def test_second_without_a_report_yet_is_not_counted() -> None:
    # Recorded: a tick at 25.143, just before that second's report was counted, saw the average of 23 and 24 alone.
    buckets = TimedBuckets(10.0)
    buckets.record(23.984, 1.0)
    buckets.record(24.131, 0.0)
    assert buckets.compute_average(25.143) == 0.5


def test_second_without_a_report_between_others_counts_as_zero() -> None:
    buckets = TimedBuckets(10.0)
    buckets.record(0.1, 4.0)
    buckets.record(3.1, 4.0)
    assert buckets.compute_average(3.5) == 2.0


@pytest.mark.parametrize(("tick", "seen"), [(24.017, 0.0), (23.676, 0.975)])
def test_panic_window_of_one_second_needs_its_report(tick: float, seen: float) -> None:
    # Recorded: ticks at .017 of a second came before the reports at .13 and saw nothing, those at .676 saw them.
    buckets = TimedBuckets(1.0)
    buckets.record(23.13, 0.975)
    assert buckets.compute_average(tick) == seen


def test_late_report_counts_for_its_own_second() -> None:
    buckets, panic = TimedBuckets(6.0), TimedBuckets(1.0)
    for at, value in [(1.13, 1.0), (3.13, 4.0), (2.13, 1.0)]:
        buckets.record(at, value)
        panic.record(at, value)
    assert (buckets.compute_average(3.5), panic.compute_average(3.5)) == (2.0, 4.0)


def test_window_without_reports_is_empty() -> None:
    buckets = TimedBuckets(6.0)
    assert buckets.is_empty(0.0)
    buckets.record(0.0, 1.0)
    assert (buckets.is_empty(6.9), buckets.compute_average(6.9), buckets.is_empty(7.0)) == (False, 0.0, True)


def test_report_after_a_long_pause_starts_a_new_window() -> None:
    buckets = TimedBuckets(6.0)
    buckets.record(0.0, 9.0)
    buckets.record(100.0, 3.0)
    assert buckets.compute_average(100.5) == 3.0


@pytest.mark.parametrize(("values", "average"), [([10.0, 10.0, 5.0, 5.0], 5.049), ([5.0, 5.0, 10.0, 10.0], 9.9495)])
def test_weighted_average_favours_the_newest(values: list[float], average: float) -> None:
    # Four buckets weigh 0.9, 0.09, 0.009 and 0.0009: together 0.9999.
    buckets = WeightedBuckets(4.0)
    for second, value in enumerate(values):
        buckets.record(float(second), value)
    assert buckets.compute_average(3.5) == pytest.approx(average, abs=0.01)


def test_weighted_average_fades_without_reports() -> None:
    buckets = WeightedBuckets(4.0)
    buckets.record(0.0, 10.0)
    assert [round(buckets.compute_average(second), 3) for second in (0.5, 1.5, 2.5)] == [9.0, 0.9, 0.09]

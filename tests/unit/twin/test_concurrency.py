"""What the autoscaler sees of requests in flight."""

import pytest

from local.twin.services.concurrency import Average, Buckets, Reporter, Weighted


def test_a_report_is_the_time_average_of_requests_in_flight() -> None:
    average = Average(0.0)
    average.change(1, 0.25)
    average.change(1, 0.5)
    average.change(-2, 1.0)
    assert average.report(1.0) == pytest.approx(1.25)


def test_a_request_after_silence_is_reported_at_once_and_not_twice() -> None:
    reporter = Reporter()
    assert (reporter.change(1, 0.0), reporter.report(1.0), reporter.report(2.0)) == (1.0, 0.0, 1.0)


def test_of_twenty_requests_at_once_only_the_first_is_reported_at_once() -> None:
    # Recorded: 1.0 at 23.98, 0 at 24.13 when the caller had sent two, 7.59 a second later, then 20.
    reporter = Reporter()
    assert [reporter.change(1, 0.0) for _ in range(20)] == [1.0] + [None] * 19
    assert (reporter.report(1.0), reporter.report(2.0)) == (19.0, 20.0)


def test_an_average_counts_from_the_request_that_broke_the_silence() -> None:
    reporter = Reporter()
    reporter.change(1, 10.75)
    reporter.change(1, 10.75)
    assert reporter.report(11.0) == 1.0


def test_a_second_without_requests_is_reported_once_and_then_there_is_silence() -> None:
    reporter = Reporter()
    reporter.change(1, 0.0)
    reporter.change(-1, 0.5)
    assert (reporter.report(1.0), reporter.report(2.0), reporter.report(3.0)) == (0.0, 0.0, None)
    assert reporter.change(1, 3.5) == 1.0


def test_nothing_is_reported_of_a_revision_that_nobody_asked_for() -> None:
    assert Reporter().report(1.0) is None


def test_the_average_of_a_window_that_is_not_full_counts_seconds_since_the_first_report() -> None:
    # Recorded: one request from 23.87 on; ticks at 25.48 and 27.48 saw 0.667 and 0.800.
    buckets = Buckets(10.0)
    for at, value in [(23.87, 1.0), (24.14, 0.0), (25.14, 1.0)]:
        buckets.record(at, value)
    assert buckets.average(25.48) == pytest.approx(0.667, abs=0.001)
    buckets.record(26.14, 1.0)
    buckets.record(27.14, 1.0)
    assert buckets.average(27.48) == pytest.approx(0.8)


def test_a_second_that_has_no_report_yet_does_not_count() -> None:
    # Recorded: a tick at 25.143, just before that second's report was counted, saw the average of 23 and 24 alone.
    buckets = Buckets(10.0)
    buckets.record(23.984, 1.0)
    buckets.record(24.131, 0.0)
    assert buckets.average(25.143) == 0.5


def test_a_second_without_a_report_between_others_counts_as_nothing() -> None:
    buckets = Buckets(10.0)
    buckets.record(0.1, 4.0)
    buckets.record(3.1, 4.0)
    assert buckets.average(3.5) == 2.0


@pytest.mark.parametrize(("tick", "seen"), [(24.017, 0.0), (23.676, 0.975)])
def test_a_panic_window_of_one_second_is_empty_until_its_second_was_reported(tick: float, seen: float) -> None:
    # Recorded: ticks at .017 of a second came before the reports at .13 and saw nothing, those at .676 saw them.
    buckets = Buckets(1.0)
    buckets.record(23.13, 0.975)
    assert buckets.average(tick) == seen


def test_a_late_report_counts_for_its_own_second() -> None:
    buckets, panic = Buckets(6.0), Buckets(1.0)
    for at, value in [(1.13, 1.0), (3.13, 4.0), (2.13, 1.0)]:
        buckets.record(at, value)
        panic.record(at, value)
    assert (buckets.average(3.5), panic.average(3.5)) == (2.0, 4.0)


def test_without_any_report_for_longer_than_the_window_there_is_nothing_to_scale_on() -> None:
    buckets = Buckets(6.0)
    assert buckets.is_empty(0.0)
    buckets.record(0.0, 1.0)
    assert (buckets.is_empty(6.9), buckets.average(6.9), buckets.is_empty(7.0)) == (False, 0.0, True)


def test_reports_after_a_long_silence_start_a_new_window() -> None:
    buckets = Buckets(6.0)
    buckets.record(0.0, 9.0)
    buckets.record(100.0, 3.0)
    assert buckets.average(100.5) == 3.0


@pytest.mark.parametrize(("values", "average"), [([10.0, 10.0, 5.0, 5.0], 5.049), ([5.0, 5.0, 10.0, 10.0], 9.9495)])
def test_a_weighted_average_counts_the_newest_most(values: list[float], average: float) -> None:
    # Four buckets weigh 0.9, 0.09, 0.009 and 0.0009: together 0.9999.
    buckets = Weighted(4.0)
    for second, value in enumerate(values):
        buckets.record(float(second), value)
    assert buckets.average(3.5) == pytest.approx(average, abs=0.01)


def test_a_weighted_average_fades_with_each_second_of_silence() -> None:
    buckets = Weighted(4.0)
    buckets.record(0.0, 10.0)
    assert [round(buckets.average(second), 3) for second in (0.5, 1.5, 2.5)] == [9.0, 0.9, 0.09]

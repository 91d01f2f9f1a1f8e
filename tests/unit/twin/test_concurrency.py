"""What the autoscaler sees of requests in flight."""

import pytest

from local.twin.concurrency import Buckets, Reporter


def test_a_report_is_the_time_average_of_requests_in_flight() -> None:
    reporter = Reporter(0.0)
    reporter.change(1, 0.25)
    reporter.change(1, 0.5)
    reporter.change(-2, 1.0)
    assert reporter.report(1.0) == pytest.approx(1.25)


def test_a_request_that_was_reported_on_arrival_is_not_counted_twice() -> None:
    reporter = Reporter(0.0)
    reporter.change(1, 0.0)
    assert (reporter.first(), reporter.report(1.0), reporter.report(2.0)) == (1.0, 0.0, 1.0)


def test_the_average_of_a_window_that_is_not_full_counts_seconds_since_the_first_report() -> None:
    # Recorded: one request from 23.87 on; ticks at 25.48 and 27.48 saw 0.667 and 0.800.
    buckets = Buckets(10.0)
    for at, value in [(23.87, 1.0), (24.4, 0.0), (25.4, 1.0)]:
        buckets.record(at, value)
    assert buckets.average(25.48) == pytest.approx(0.667, abs=0.001)
    buckets.record(26.4, 1.0)
    buckets.record(27.4, 1.0)
    assert buckets.average(27.48) == pytest.approx(0.8)


def test_the_second_that_has_no_report_yet_counts_as_nothing() -> None:
    buckets = Buckets(2.0)
    buckets.record(0.5, 4.0)
    assert buckets.average(1.2) == 2.0


def test_a_panic_window_of_one_second_is_empty_before_its_report() -> None:
    buckets = Buckets(1.0)
    buckets.record(0.5, 4.0)
    assert (buckets.average(0.9), buckets.average(1.1)) == (4.0, None)


def test_without_any_report_in_the_window_there_is_nothing_to_scale_on() -> None:
    buckets = Buckets(6.0)
    assert buckets.average(0.0) is None
    buckets.record(0.0, 1.0)
    assert buckets.average(6.0) is None


def test_reports_after_a_long_silence_start_a_new_window() -> None:
    buckets = Buckets(6.0)
    buckets.record(0.0, 9.0)
    buckets.record(100.0, 3.0)
    assert buckets.average(100.5) == 3.0

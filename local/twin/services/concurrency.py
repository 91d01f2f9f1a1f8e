"""Requests in flight, as the autoscaler measures them: reports every second, and averages over a window of reports.

Follows knative/serving: pkg/activator/handler/concurrency_reporter.go and pkg/autoscaler/aggregation/bucketing.go.
All times are seconds of one monotonic clock.
"""

import math

_AVERAGE_DIGITS = 6  # Knative rounds averages to this number of decimal places
# For weighted averages: the minimum weight of the newest bucket, and the minimum sum of the weights of all buckets.
_MIN_NEWEST_WEIGHT = 0.2
_MIN_WEIGHT_SUM = 0.9999


class ConcurrencyAverage:
    """The number of requests in flight, averaged over the time between two reports, as a queue-proxy reports it."""

    def __init__(self, now: float) -> None:
        self.in_flight = 0
        self._integral = 0.0
        self._changed_at = self._reported_at = now

    def record_change(self, delta: int, now: float) -> None:
        """Record that a request arrived (+1) or ended (-1)."""
        self._integral += self.in_flight * (now - self._changed_at)
        self._changed_at = now
        self.in_flight += delta

    def report(self, now: float) -> float:
        """Return the average since the last report, and start the next average."""
        self.record_change(0, now)
        seconds = now - self._reported_at
        average = self._integral / seconds if seconds > 0 else 0.0
        self._integral, self._reported_at = 0.0, now
        return average


class ActivatorReporter:
    """The reports of an activator about a revision.

    The first request after a pause is reported immediately. Then there is a report every second until a second passes
    without requests.
    """

    def __init__(self) -> None:
        self._average: ConcurrencyAverage | None = None
        self._already_reported = 0.0

    @property
    def in_flight(self) -> int:
        return self._average.in_flight if self._average else 0

    def record_change(self, delta: int, now: float) -> float | None:
        """Record that a request arrived (+1) or ended (-1).

        Return the value to report immediately if this is the first request after a pause, else None.
        """
        first_report = None
        if self._average is None:
            self._average, first_report = ConcurrencyAverage(now), 1.0
            self._already_reported = first_report
        self._average.record_change(delta, now)
        return first_report

    def report(self, now: float) -> float | None:
        """Return the average since the last report, or None if there were no requests.

        A request that was reported immediately is subtracted from the next report, so that it counts once.
        """
        if self._average is None:
            return None
        average = self._average.report(now)
        already_reported, self._already_reported = self._already_reported, 0.0
        if average == 0 and not self._average.in_flight:
            self._average = None
        return max(0.0, average - already_reported)


class TimedBuckets:
    """Reports of the last `window` seconds, summed per second, and their unweighted average."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._size = max(1, math.ceil(window))
        self._sums: dict[int, float] = {}
        self._first = self._last = -math.inf

    def record(self, now: float, value: float) -> None:
        """Add `value` to the bucket of the second that contains `now`. The newest bucket may be of a later second."""
        second = math.floor(now)
        if second - self._last >= self._window:
            self._first, self._sums = second, {}
        self._first, self._last = min(self._first, second), max(self._last, second)
        self._sums[second] = self._sums.get(second, 0.0) + value
        self._sums = {bucket: total for bucket, total in self._sums.items() if self._last - bucket < self._size}

    def is_empty(self, now: float) -> bool:
        """Return whether the last report is older than the window."""
        return math.floor(now) - self._last > self._window

    def compute_average(self, now: float) -> float:
        """Return the average over the seconds of the window, except those before the first and after the last report.

        Return 0 if the window contains no report.
        """
        seconds_without_report = max(0, math.floor(now) - self._last)
        if seconds_without_report >= self._window:
            return 0.0
        oldest = math.floor(now) - self._size
        total = sum(value for second, value in self._sums.items() if second > oldest)
        return round(total / min(self._last - self._first + 1, self._size - seconds_without_report), _AVERAGE_DIGITS)


class WeightedBuckets(TimedBuckets):
    """Buckets whose newest values count most: the metric-aggregation-algorithm `weighted-exponential`."""

    def compute_average(self, now: float) -> float:
        if self.is_empty(now):
            return 0.0
        newest_weight = max(1 - math.pow(1 - _MIN_WEIGHT_SUM, 1 / self._size), _MIN_NEWEST_WEIGHT)
        seconds_without_report = max(0, math.floor(now) - int(self._last))
        weights = (
            newest_weight * math.pow(1 - newest_weight, age) for age in range(seconds_without_report, self._size)
        )
        seconds = range(int(self._last), int(self._last) - self._size, -1)
        return sum(self._sums.get(second, 0.0) * weight for second, weight in zip(seconds, weights, strict=False))

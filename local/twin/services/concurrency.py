"""Requests in flight as the autoscaler measures them: reports once a second, and averages over a window of buckets.

Follows knative/serving: pkg/activator/handler/concurrency_reporter.go and pkg/autoscaler/aggregation/bucketing.go.
All times are seconds of one monotonic clock.
"""

import math

_DIGITS = 6
# Weighted averages: the minimum weight of the newest bucket, and the minimum sum of all weights.
_LEAST_SHARE = 0.2
_SUM_OF_SHARES = 0.9999


class ConcurrencyAverage:
    """The time average of requests in flight between two reports. A queue-proxy reports this for its replica."""

    def __init__(self, now: float) -> None:
        self.in_flight = 0
        self._integral = 0.0
        self._changed = self._reported = now

    def record_change(self, delta: int, now: float) -> None:
        self._integral += self.in_flight * (now - self._changed)
        self._changed = now
        self.in_flight += delta

    def report(self, now: float) -> float:
        self.record_change(0, now)
        seconds = now - self._reported
        average = self._integral / seconds if seconds > 0 else 0.0
        self._integral, self._reported = 0.0, now
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
        """Record a request that comes (+1) or goes (-1). Return the immediate report if it is the first, else None."""
        first = None
        if self._average is None:
            self._average, first = ConcurrencyAverage(now), 1.0
            self._already_reported = first
        self._average.record_change(delta, now)
        return first

    def report(self, now: float) -> float | None:
        """Return the average since the last report, or None if there were no requests.

        The request that was reported immediately is subtracted.
        """
        if self._average is None:
            return None
        average = self._average.report(now)
        less, self._already_reported = self._already_reported, 0.0
        if average == 0 and not self._average.in_flight:
            self._average = None
        return max(0.0, average - less)


class TimedBuckets:
    """Sums per second over a window, and their plain average."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._size = max(1, math.ceil(window))
        self._sums: dict[int, float] = {}
        self._first = self._last = -math.inf

    def record(self, now: float, value: float) -> None:
        """Add a value to the second of `now`. Values may come late."""
        second = math.floor(now)
        if second - self._last >= self._window:
            self._first, self._sums = second, {}
        self._first, self._last = min(self._first, second), max(self._last, second)
        self._sums[second] = self._sums.get(second, 0.0) + value
        self._sums = {at: total for at, total in self._sums.items() if self._last - at < self._size}

    def is_empty(self, now: float) -> bool:
        """Return whether there was no report for a complete window, so that there is nothing to scale on."""
        return math.floor(now) - self._last > self._window

    def compute_average(self, now: float) -> float:
        """Return the average over the seconds from the first to the last report that are within the window."""
        late = max(0, math.floor(now) - self._last)
        if late >= self._window:
            return 0.0
        oldest = math.floor(now) - self._size
        total = sum(value for at, value in self._sums.items() if at > oldest)
        return round(total / min(self._last - self._first + 1, self._size - late), _DIGITS)


class WeightedBuckets(TimedBuckets):
    """Buckets whose newest values count most: the metric-aggregation-algorithm `weighted-exponential`."""

    def compute_average(self, now: float) -> float:
        if self.is_empty(now):
            return 0.0
        share = max(1 - math.pow(1 - _SUM_OF_SHARES, 1 / self._size), _LEAST_SHARE)
        late = max(0, math.floor(now) - int(self._last))
        weights = (share * math.pow(1 - share, age) for age in range(late, self._size))
        seconds = range(int(self._last), int(self._last) - self._size, -1)
        return sum(self._sums.get(at, 0.0) * weight for at, weight in zip(seconds, weights, strict=False))

"""How many requests are in flight, as the autoscaler sees it: reports once a second, averages over buckets.

Follows knative/serving: pkg/activator/handler/concurrency_reporter.go and pkg/autoscaler/aggregation/bucketing.go.
"""

import math


class Reporter:
    """Time-averaged requests in flight between two reports; times are seconds of one monotonic clock."""

    def __init__(self, now: float) -> None:
        self.in_flight = 0
        self._integral = 0.0
        self._changed = self._reported = now
        self._already_reported = 0.0

    def change(self, by: int, now: float) -> None:
        self._integral += self.in_flight * (now - self._changed)
        self._changed = now
        self.in_flight += by

    def first(self) -> float:
        """The report of the request that wakes a revision: one, and so much less in the next report."""
        self._already_reported = 1.0
        return 1.0

    def report(self, now: float) -> float:
        self.change(0, now)
        average = self._integral / max(now - self._reported, 1e-9)
        less, self._already_reported = self._already_reported, 0.0
        self._integral, self._reported = 0.0, now
        return max(0.0, average - less)


class Buckets:
    """Sums per second over a window of whole seconds."""

    def __init__(self, window: float) -> None:
        self._size = max(1, math.ceil(window))
        self._sums: dict[int, float] = {}
        self._first: int | None = None

    def record(self, now: float, value: float) -> None:
        second = int(now)
        if self._first is None or second - max(self._sums, default=second) >= self._size:
            self._first = second
        self._sums = {at: total for at, total in self._sums.items() if at > second - self._size}
        self._sums[second] = self._sums.get(second, 0.0) + value

    def average(self, now: float) -> float | None:
        """The average over the seconds since the first report, at most the window; None without any report in it."""
        oldest = int(now) - self._size
        if self._first is None or max(self._sums) <= oldest:
            return None
        total = sum(value for at, value in self._sums.items() if at > oldest)
        return total / min(int(now) - self._first + 1, self._size)

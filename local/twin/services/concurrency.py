"""How many requests are in flight, as the autoscaler sees it: reports once a second, averages over buckets.

Follows knative/serving: pkg/activator/handler/concurrency_reporter.go and pkg/autoscaler/aggregation/bucketing.go.
Times are seconds of one clock that never goes back.
"""

import math

_DIGITS = 6
# Weighted averages: the share of the newest bucket, at least, and what all shares add up to, at least.
_LEAST_SHARE = 0.2
_SUM_OF_SHARES = 0.9999


class Average:
    """The time average of requests in flight between two reports: what a queue-proxy says of its replica."""

    def __init__(self, now: float) -> None:
        self.in_flight = 0
        self._integral = 0.0
        self._changed = self._reported = now

    def change(self, by: int, now: float) -> None:
        self._integral += self.in_flight * (now - self._changed)
        self._changed = now
        self.in_flight += by

    def report(self, now: float) -> float:
        self.change(0, now)
        seconds = now - self._reported
        average = self._integral / seconds if seconds > 0 else 0.0
        self._integral, self._reported = 0.0, now
        return average


class Reporter:
    """What an activator says of a revision: at once when one wakes it, then every second until nothing comes."""

    def __init__(self) -> None:
        self._average: Average | None = None
        self._already_reported = 0.0

    @property
    def in_flight(self) -> int:
        return self._average.in_flight if self._average else 0

    def change(self, by: int, now: float) -> float | None:
        """A request comes (+1) or goes (-1); the report of one that comes after a second without any."""
        first = None
        if self._average is None:
            self._average, first = Average(now), 1.0
            self._already_reported = first
        self._average.change(by, now)
        return first

    def report(self, now: float) -> float | None:
        """The average since the last report, less what was reported at once; None while nothing comes."""
        if self._average is None:
            return None
        average = self._average.report(now)
        less, self._already_reported = self._already_reported, 0.0
        if average == 0 and not self._average.in_flight:
            self._average = None
        return max(0.0, average - less)


class Buckets:
    """Sums per second over a window, and their plain average."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._size = max(1, math.ceil(window))
        self._sums: dict[int, float] = {}
        self._first = self._last = -math.inf

    def record(self, now: float, value: float) -> None:
        """A report of the second of `now`, which may come late."""
        second = math.floor(now)
        if second - self._last >= self._window:
            self._first, self._sums = second, {}
        self._first, self._last = min(self._first, second), max(self._last, second)
        self._sums[second] = self._sums.get(second, 0.0) + value
        self._sums = {at: total for at, total in self._sums.items() if self._last - at < self._size}

    def is_empty(self, now: float) -> bool:
        """Whether nothing was said for a whole window: then there is nothing to scale on."""
        return math.floor(now) - self._last > self._window

    def average(self, now: float) -> float:
        """Over the seconds from the first report to the last, as far as they are in the window."""
        late = max(0, math.floor(now) - self._last)
        if late >= self._window:
            return 0.0
        oldest = math.floor(now) - self._size
        total = sum(value for at, value in self._sums.items() if at > oldest)
        return round(total / min(self._last - self._first + 1, self._size - late), _DIGITS)


class Weighted(Buckets):
    """The same sums with the newest counting most: metric-aggregation-algorithm `weighted-exponential`."""

    def average(self, now: float) -> float:
        if self.is_empty(now):
            return 0.0
        share = max(1 - math.pow(1 - _SUM_OF_SHARES, 1 / self._size), _LEAST_SHARE)
        late = max(0, math.floor(now) - int(self._last))
        weights = (share * math.pow(1 - share, age) for age in range(late, self._size))
        seconds = range(int(self._last), int(self._last) - self._size, -1)
        return sum(self._sums.get(at, 0.0) * weight for at, weight in zip(seconds, weights, strict=False))

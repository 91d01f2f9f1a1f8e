"""How long things took, counted as Prometheus counts: by bound, and never less than before."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily

#: What distinguishes one series of a family from another.
Values = tuple[str, ...]


@dataclass
class Latencies:
    """Of one thing, by the values of some labels; `bounds` ascend, and are in the unit of what is observed."""

    bounds: tuple[float, ...]
    _counts: dict[Values, list[int]] = field(default_factory=dict)
    _sums: dict[Values, float] = field(default_factory=dict)

    def observe(self, took: float, values: Values) -> None:
        counts = self._counts.setdefault(values, [0] * (len(self.bounds) + 1))
        counts[bisect_left(self.bounds, took)] += 1
        self._sums[values] = self._sums.get(values, 0.0) + took

    def __iter__(self) -> Iterator[tuple[Values, list[tuple[str, float]], float]]:
        """Values, cumulative counts by bound, and sum of each series."""
        names = [*map(str, map(float, self.bounds)), "+Inf"]
        for values, counts in self._counts.items():
            yield values, list(zip(names, map(float, accumulate(counts)), strict=True)), self._sums[values]


def histogram(name: str, told: str, labels: Iterable[str]) -> HistogramMetricFamily:
    """A family to which series are added with `add_metric`."""
    return HistogramMetricFamily(name, told, labels=list(labels))

"""Histograms of durations with cumulative buckets, as Prometheus expects them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily

#: The label values that identify one series of a metric family.
LabelValues = tuple[str, ...]


@dataclass
class Histogram:
    """Counts and sums of one measured quantity, with a series for each combination of label values.

    `bounds` are the upper bounds of the buckets, ascending, in the unit of the observed values.
    """

    bounds: tuple[float, ...]
    _counts: dict[LabelValues, list[int]] = field(default_factory=dict)
    _sums: dict[LabelValues, float] = field(default_factory=dict)

    def observe(self, value: float, labels: LabelValues) -> None:
        """Add `value` to the series with these label values."""
        counts = self._counts.setdefault(labels, [0] * (len(self.bounds) + 1))
        counts[bisect_left(self.bounds, value)] += 1
        self._sums[labels] = self._sums.get(labels, 0.0) + value

    def __iter__(self) -> Iterator[tuple[LabelValues, list[tuple[str, float]], float]]:
        """Yield for each series: its label values, its cumulative counts by upper bound, and its sum."""
        bound_names = [*map(str, map(float, self.bounds)), "+Inf"]
        for labels, counts in self._counts.items():
            yield labels, list(zip(bound_names, map(float, accumulate(counts)), strict=True)), self._sums[labels]


def create_histogram_family(name: str, description: str, labels: Iterable[str]) -> HistogramMetricFamily:
    """Return an empty metric family. `labels` are the names of its labels; its method `add_metric` adds a series."""
    return HistogramMetricFamily(name, description, labels=list(labels))

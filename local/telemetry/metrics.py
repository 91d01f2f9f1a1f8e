"""Sums of the metrics of all functions.

Functions scale to zero and lose their counters, so they export increments since their last export.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest

from local.telemetry.data_points import DataPoint, Labels, parse_data_points

_SUPPORTED_KINDS = ("counter", "gauge", "histogram")
# More series are the result of a mistake, such as an id as an attribute.
_MAX_SERIES = 5000
# A gauge describes one replica. If it has no update for this time, the replica has probably ended.
_GAUGE_LIFETIME_S = 300.0


@dataclass
class MetricSeries:
    """The values of a metric for one set of labels. `updated_at` is in seconds of the store's clock."""

    values: tuple[float, ...]
    updated_at: float


@dataclass
class MetricFamily:
    """A metric with its series by labels. All points must have the kind and the buckets of `first_point`."""

    first_point: DataPoint
    series: dict[Labels, MetricSeries] = field(default_factory=dict)


@dataclass(frozen=True)
class _MetricCollector:
    """An adapter for prometheus_client: a collector that returns these metric families."""

    families: Iterable[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families


class MetricStore:
    """A store of the metrics that functions have exported. `clock` returns the time in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._families: dict[str, MetricFamily] = {}
        self._series_count = 0

    def add(self, export: Mapping[str, Any]) -> list[str]:
        """Add the data points of an ExportMetricsServiceRequest, and return a sentence for each refused point.

        Raise AttributeError, KeyError, TypeError or ValueError if `export` has another form.
        """
        now = self._clock()
        points = parse_data_points(export)
        return [f"{point.name} {refusal}" for point in points if (refusal := self._add_point(point, now))]

    def render(self, additional_families: Iterable[Metric] = ()) -> bytes:
        """Return the stored metrics and `additional_families` in the text format of Prometheus."""
        return generate_latest(_MetricCollector([*self._build_families(), *additional_families]))

    def _build_families(self) -> Iterator[Metric]:
        self._remove_old_gauges()
        for name, family in self._families.items():
            metric = Metric(name, family.first_point.help, family.first_point.kind)
            for labels, series in family.series.items():
                for suffix, additional_labels, value in _build_samples(family.first_point, series.values):
                    metric.add_sample(name + suffix, dict(labels) | additional_labels, value)
            yield metric

    def _add_point(self, point: DataPoint, now: float) -> str | None:
        """Add a data point. Return None, or the reason why the point is refused."""
        if point.kind not in _SUPPORTED_KINDS:
            return f"is of kind {point.kind}. Send a histogram with explicit buckets."
        if point.kind != "gauge" and not point.is_delta:
            return "is cumulative. Set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta."
        family = self._families.get(point.name) or MetricFamily(point)
        first_point = family.first_point
        if (point.kind, point.bounds, point.is_delta) != (first_point.kind, first_point.bounds, first_point.is_delta):
            return "differs from earlier data points in kind or buckets. Use another name, or restart the twin."
        earlier_series = family.series.get(point.labels)
        if earlier_series is None and self._series_count >= _MAX_SERIES:
            return f"would be series number {_MAX_SERIES + 1}. Use attributes with fewer values."
        new_values = point.values
        if point.is_delta and earlier_series is not None:
            new_values = tuple(map(sum, zip(earlier_series.values, point.values, strict=True)))
        family.series[point.labels] = MetricSeries(new_values, now)
        self._families[point.name] = family
        self._series_count += earlier_series is None
        return None

    def _remove_old_gauges(self) -> None:
        oldest_update = self._clock() - _GAUGE_LIFETIME_S
        for family in self._families.values():
            if not family.first_point.is_delta:
                recent_series = {
                    labels: series for labels, series in family.series.items() if series.updated_at >= oldest_update
                }
                self._series_count -= len(family.series) - len(recent_series)
                family.series = recent_series


def _build_samples(point: DataPoint, values: tuple[float, ...]) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield the name suffix, the additional labels and the value of each sample of a series.

    `point` has the kind and the bounds of the series, and `values` are the values of the series.
    """
    if point.kind != "histogram":
        yield ("_total" if point.kind == "counter" else ""), {}, values[0]
        return
    *counts, total = values
    for bound, count in zip((*point.bounds, math.inf), accumulate(counts), strict=True):
        yield "_bucket", {"le": "+Inf" if bound == math.inf else str(bound)}, count
    yield "_count", {}, sum(counts)
    yield "_sum", {}, total

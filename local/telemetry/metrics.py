"""Metrics of functions, added up: who scales to zero tells only what has happened since it told last."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest

from local.telemetry.points import Labels, Point, points

_KINDS = ("counter", "gauge", "histogram")
# More than this is somebody's mistake, such as an id for an attribute.
_SERIES = 5000
# A gauge tells of one replica, and replicas go.
_FRESH_SECONDS = 300.0


@dataclass
class Series:
    values: tuple[float, ...]
    heard: float


@dataclass
class Family:
    """What came first; `series` by labels."""

    like: Point
    series: dict[Labels, Series] = field(default_factory=dict)


@dataclass(frozen=True)
class _Collected:
    """What prometheus_client writes out."""

    families: Iterable[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families


class Metrics:
    """All that have come; `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._families: dict[str, Family] = {}
        self._count = 0

    def add(self, export: Mapping[str, Any]) -> list[str]:
        """Take what an ExportMetricsServiceRequest holds; why some of its points were refused, one sentence each."""
        now = self._clock()
        return [f"{point.name} {refusal}" for point in points(export) if (refusal := self._add(point, now))]

    def exposition(self, further: Iterable[Metric] = ()) -> bytes:
        """Prometheus' text format, of `further` families too."""
        return generate_latest(_Collected([*self._collected(), *further]))

    def _collected(self) -> Iterator[Metric]:
        self._forget()
        for name, family in self._families.items():
            shown = Metric(name, family.like.help, family.like.kind)
            for labels, series in family.series.items():
                for suffix, more, value in _samples(family.like, series.values):
                    shown.add_sample(name + suffix, dict(labels) | more, value)
            yield shown

    def _add(self, point: Point, now: float) -> str | None:
        """Why it cannot be taken, or None."""
        if point.kind not in _KINDS:
            return f"is a {point.kind}; send a histogram with explicit buckets"
        if point.kind != "gauge" and not point.adds:
            return "is cumulative; set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta"
        family = self._families.get(point.name) or Family(point)
        if (point.kind, point.bounds, point.adds) != (family.like.kind, family.like.bounds, family.like.adds):
            return "was of another kind or had other buckets before"
        before = family.series.get(point.labels)
        if before is None and self._count >= _SERIES:
            return f"would be series number {_SERIES + 1}; use attributes with fewer values"
        added = point.adds and before is not None
        values = tuple(map(sum, zip(before.values, point.values, strict=True))) if added and before else point.values
        family.series[point.labels] = Series(values, now)
        self._families[point.name] = family
        self._count += before is None
        return None

    def _forget(self) -> None:
        oldest = self._clock() - _FRESH_SECONDS
        for family in self._families.values():
            if not family.like.adds:
                fresh = {labels: one for labels, one in family.series.items() if one.heard >= oldest}
                self._count -= len(family.series) - len(fresh)
                family.series = fresh


def _samples(like: Point, values: tuple[float, ...]) -> Iterator[tuple[str, dict[str, str], float]]:
    """Suffix, further labels and value of each sample."""
    if like.kind != "histogram":
        yield ("_total" if like.kind == "counter" else ""), {}, values[0]
        return
    *counts, total = values
    for bound, count in zip((*like.bounds, math.inf), accumulate(counts), strict=True):
        yield "_bucket", {"le": "+Inf" if bound == math.inf else str(bound)}, count
    yield "_count", {}, sum(counts)
    yield "_sum", {}, total

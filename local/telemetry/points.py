"""OTLP's JSON encoding of metrics, as data points under Prometheus' names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.telemetry import otlp
from local.telemetry.naming import label_name, label_value, metric_name

_DELTA = 1  # AGGREGATION_TEMPORALITY_DELTA
_FORMS = ("sum", "gauge", "histogram", "exponentialHistogram", "summary")

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Point:
    """`values` are one number, or what a histogram counted between its `bounds` and, last, the sum.

    `adds` says that the numbers are what has happened since the last time; else they are how it stands.
    """

    name: str
    help: str
    kind: str
    labels: Labels
    values: tuple[float, ...]
    bounds: tuple[float, ...] = ()
    adds: bool = True


def points(export: Mapping[str, Any]) -> Iterator[Point]:
    """Those of an ExportMetricsServiceRequest. Raises AttributeError, KeyError, TypeError, ValueError for others."""
    for group in export.get("resourceMetrics", ()):
        resource = otlp.resource(group)
        for scope in group.get("scopeMetrics", ()):
            for metric in scope.get("metrics", ()):
                yield from _of_metric(metric, resource)


def _of_metric(metric: Mapping[str, Any], resource: Mapping[str, Any]) -> Iterator[Point]:
    form = next((form for form in _FORMS if form in metric), "")
    data = metric[form]
    adds = data.get("aggregationTemporality") == _DELTA
    kind = "counter" if data.get("isMonotonic") else "gauge" if form == "sum" else form
    name = metric_name(metric["name"], metric.get("unit", ""), kind)
    for point in data.get("dataPoints", ()):
        yield Point(
            name=name,
            help=label_value(metric.get("description", "")),
            kind=kind,
            labels=_labels(point, resource, instance=not adds),
            values=_values(point, form),
            bounds=tuple(map(float, point.get("explicitBounds", ()))),
            adds=adds,
        )


def _labels(point: Mapping[str, Any], resource: Mapping[str, Any], *, instance: bool) -> Labels:
    """With the `instance` where numbers of several cannot be added.

    `job` is OpenTelemetry's rule; a scraper has a `job` of its own, and leaves `service_name` as it is.
    """
    own = {label_name(name): label_value(value) for name, value in otlp.plain(point.get("attributes", ())).items()}
    service, of = resource.get("service.name", ""), resource.get("service.namespace")
    who = {"service_name": str(service), "job": f"{of}/{service}" if of else str(service)}
    where = {"instance": str(resource.get("service.instance.id", ""))} if instance else {}
    return tuple(sorted({**own, **who, **where}.items()))


def _values(point: Mapping[str, Any], form: str) -> tuple[float, ...]:
    if form == "histogram":
        counts = point.get("bucketCounts") or [point["count"]]
        if len(counts) != len(point.get("explicitBounds", ())) + 1:
            raise ValueError("a histogram has one count more than it has bounds")
        return (*map(float, counts), float(point.get("sum", 0)))
    return (float(point.get("asInt", point.get("asDouble", 0))),)

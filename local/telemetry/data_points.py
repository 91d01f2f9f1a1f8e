"""Parser for metrics in OTLP's JSON encoding. The resulting data points have the metric names of Prometheus."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.telemetry import otlp
from local.telemetry.metric_names import build_label_name, build_metric_name, format_label_value

_DELTA = 1  # AGGREGATION_TEMPORALITY_DELTA
_DATA_FIELDS = ("sum", "gauge", "histogram", "exponentialHistogram", "summary")

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DataPoint:
    """A data point of a metric. `kind` is `counter`, `gauge`, `histogram`, or the OTLP name of another kind.

    `values` contains a single number, or for a histogram the counts of the buckets and then the sum. `bounds` are the
    upper bounds of all buckets but the last. If `is_delta` is True, `values` are increments since the last export.
    Otherwise they are the current state.
    """

    name: str
    help: str
    kind: str
    labels: Labels
    values: tuple[float, ...]
    bounds: tuple[float, ...] = ()
    is_delta: bool = True


def parse_data_points(export: Mapping[str, Any]) -> Iterator[DataPoint]:
    """Yield the data points of an ExportMetricsServiceRequest.

    Raise AttributeError, KeyError, TypeError or ValueError if `export` has another form.
    """
    for group in export.get("resourceMetrics", ()):
        resource = otlp.parse_resource_attributes(group)
        for scope in group.get("scopeMetrics", ()):
            for metric in scope.get("metrics", ()):
                yield from _parse_metric(metric, resource)


def _parse_metric(metric: Mapping[str, Any], resource: Mapping[str, Any]) -> Iterator[DataPoint]:
    data_field = next((name for name in _DATA_FIELDS if name in metric), "")
    data = metric[data_field]
    is_delta = data.get("aggregationTemporality") == _DELTA
    kind = "counter" if data.get("isMonotonic") else "gauge" if data_field == "sum" else data_field
    name = build_metric_name(metric["name"], metric.get("unit", ""), kind)
    for point in data.get("dataPoints", ()):
        yield DataPoint(
            name=name,
            help=format_label_value(metric.get("description", "")),
            kind=kind,
            labels=_build_labels(point, resource, with_instance=not is_delta),
            values=_parse_values(point, data_field),
            bounds=tuple(map(float, point.get("explicitBounds", ()))),
            is_delta=is_delta,
        )


def _build_labels(point: Mapping[str, Any], resource: Mapping[str, Any], *, with_instance: bool) -> Labels:
    """Return the labels of a data point: its attributes, `service_name`, `job` and, if requested, `instance`.

    `instance` is necessary if the values of several replicas cannot be summed. The value of `job` follows the
    specification of OpenTelemetry. A scraper of Prometheus may overwrite `job`, but not `service_name`.
    """
    attributes = otlp.parse_attributes(point.get("attributes", ()))
    labels = {build_label_name(name): format_label_value(value) for name, value in attributes.items()}
    service, namespace = resource.get("service.name", ""), resource.get("service.namespace")
    labels |= {"service_name": str(service), "job": f"{namespace}/{service}" if namespace else str(service)}
    if with_instance:
        labels["instance"] = str(resource.get("service.instance.id", ""))
    return tuple(sorted(labels.items()))


def _parse_values(point: Mapping[str, Any], data_field: str) -> tuple[float, ...]:
    if data_field == "histogram":
        counts = point.get("bucketCounts") or [point["count"]]
        if len(counts) != len(point.get("explicitBounds", ())) + 1:
            raise ValueError("a histogram must have one count more than it has bounds")
        return (*map(float, counts), float(point.get("sum", 0)))
    return (float(point.get("asInt", point.get("asDouble", 0))),)

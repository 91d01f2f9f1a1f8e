"""Exports of metrics in the value_fields in which OpenTelemetry SDKs send them."""

from typing import Any

Attributes = dict[str, str | int | bool]


def build_attributes(values: Attributes) -> list[dict[str, Any]]:
    value_fields = {bool: "boolValue", int: "intValue", str: "stringValue"}
    return [{"key": key, "value": {value_fields[type(value)]: value}} for key, value in values.items()]


def build_export(metric: dict[str, Any], service: str = "tesseract", instance: str = "one") -> dict[str, Any]:
    resource = {"service.name": service, "service.namespace": "pagebus", "service.instance.id": instance}
    return {
        "resourceMetrics": [
            {"resource": {"attributes": build_attributes({**resource})}, "scopeMetrics": [{"metrics": [metric]}]},
        ]
    }


def build_counter(value: int, temporality: int = 1, **labels: Any) -> dict[str, Any]:
    point = {"attributes": build_attributes(labels), "asInt": str(value)}
    data = {"dataPoints": [point], "aggregationTemporality": temporality, "isMonotonic": True}
    return {"name": "pagebus.pages", "unit": "{page}", "description": "Pages that were read.", "sum": data}


def build_histogram(counts: list[int], total: float, bounds: list[float]) -> dict[str, Any]:
    point = {
        "count": str(sum(counts)),
        "sum": total,
        "bucketCounts": [str(count) for count in counts],
        "explicitBounds": bounds,
    }
    data = {"dataPoints": [point], "aggregationTemporality": 1}
    return {"name": "pagebus.read.duration", "unit": "s", "histogram": data}


def build_gauge(value: float) -> dict[str, Any]:
    return {"name": "pagebus.memory", "unit": "By", "gauge": {"dataPoints": [{"asDouble": value}]}}

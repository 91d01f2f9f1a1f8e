"""Exports of metrics, as SDKs send them."""

from typing import Any

Attributes = dict[str, str | int | bool]


def attributes(values: Attributes) -> list[dict[str, Any]]:
    form = {bool: "boolValue", int: "intValue", str: "stringValue"}
    return [{"key": key, "value": {form[type(value)]: value}} for key, value in values.items()]


def export(metric: dict[str, Any], service: str = "tesseract", instance: str = "one") -> dict[str, Any]:
    who = {"service.name": service, "service.namespace": "pagebus", "service.instance.id": instance}
    return {
        "resourceMetrics": [
            {"resource": {"attributes": attributes({**who})}, "scopeMetrics": [{"metrics": [metric]}]},
        ]
    }


def counter(value: int, temporality: int = 1, **labels: Any) -> dict[str, Any]:
    point = {"attributes": attributes(labels), "asInt": str(value)}
    data = {"dataPoints": [point], "aggregationTemporality": temporality, "isMonotonic": True}
    return {"name": "pagebus.pages", "unit": "{page}", "description": "Pages that were read.", "sum": data}


def histogram(counts: list[int], total: float, bounds: list[float]) -> dict[str, Any]:
    point = {
        "count": str(sum(counts)),
        "sum": total,
        "bucketCounts": [str(n) for n in counts],
        "explicitBounds": bounds,
    }
    data = {"dataPoints": [point], "aggregationTemporality": 1}
    return {"name": "pagebus.read.duration", "unit": "s", "histogram": data}


def gauge(value: float) -> dict[str, Any]:
    return {"name": "pagebus.memory", "unit": "By", "gauge": {"dataPoints": [{"asDouble": value}]}}

"""OTLP's JSON encoding of spans: exports become spans, spans become an export."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.telemetry.span import Span, SpanKind

_NAMESPACE = "pagebus"
_ERROR = 2  # STATUS_CODE_ERROR


def spans(export: Mapping[str, Any]) -> Iterator[Span]:
    """Every span of an ExportTraceServiceRequest. Raises AttributeError, KeyError, TypeError, ValueError for others."""
    for group in export.get("resourceSpans", ()):
        service = str(resource(group).get("service.name", ""))
        for scope in group.get("scopeSpans", ()):
            for span in scope.get("spans", ()):
                yield _span(span, service)


def resource(group: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of what sent this group of spans or metrics."""
    return plain(group.get("resource", {}).get("attributes", ()))


def plain(attributes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Attributes as a plain object."""
    return {attribute["key"]: _value(attribute.get("value", {})) for attribute in attributes}


def export(ended: Iterable[Span]) -> dict[str, Any]:
    """An ExportTraceServiceRequest of these spans."""
    services: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for span in ended:
        services[span.service].append(_told(span))
    return {"resourceSpans": [_group(service, told) for service, told in services.items()]}


def _span(told: Mapping[str, Any], service: str) -> Span:
    attributes = plain(told.get("attributes", ()))
    return Span(
        trace_id=told["traceId"].lower(),
        span_id=told["spanId"].lower(),
        parent=told.get("parentSpanId", "").lower(),
        name=str(told["name"]),
        kind=int(told.get("kind", SpanKind.INTERNAL)),
        start=int(told["startTimeUnixNano"]),
        end=int(told["endTimeUnixNano"]),
        service=service,
        attributes=attributes,
        failed="error.type" in attributes or told.get("status", {}).get("code") == _ERROR,
    )


def _value(value: Mapping[str, Any]) -> Any:
    """64-bit integers come as text; what is nested stays nested."""
    if "intValue" in value:
        return int(value["intValue"])
    if "doubleValue" in value:
        return float(value["doubleValue"])
    if "arrayValue" in value:
        return [_value(one) for one in value["arrayValue"].get("values", ())]
    if "kvlistValue" in value:
        return plain(value["kvlistValue"].get("values", ()))
    return next(iter(value.values()), None)


def _group(service: str, told: list[dict[str, Any]]) -> dict[str, Any]:
    who = _attributes({"service.name": service, "service.namespace": _NAMESPACE})
    return {"resource": {"attributes": who}, "scopeSpans": [{"scope": {"name": "pagebus.local"}, "spans": told}]}


def _told(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        **({"parentSpanId": span.parent} if span.parent else {}),
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.start),
        "endTimeUnixNano": str(span.end),
        "attributes": _attributes(span.attributes),
        **({"status": {"code": _ERROR}} if span.failed else {}),
    }


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _wrapped(value)} for name, value in values.items()]


def _wrapped(value: str | float) -> dict[str, Any]:
    """The spans that are made here have flat attributes."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}

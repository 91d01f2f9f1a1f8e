"""Spans in OTLP's JSON encoding: a parser for exports, and a builder of exports for the twin's own spans."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.telemetry.span import Span, SpanKind

_NAMESPACE = "pagebus"
_ERROR = 2  # STATUS_CODE_ERROR


def parse_spans(export: Mapping[str, Any]) -> Iterator[Span]:
    """Yield every span of an ExportTraceServiceRequest.

    Raise AttributeError, KeyError, TypeError or ValueError if `export` has another form.
    """
    for group in export.get("resourceSpans", ()):
        service = str(parse_resource_attributes(group).get("service.name", ""))
        for scope in group.get("scopeSpans", ()):
            for span in scope.get("spans", ()):
                yield _parse_span(span, service)


def parse_resource_attributes(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of the resource (a function's replica) to which a group of spans or metrics belongs."""
    return parse_attributes(group.get("resource", {}).get("attributes", ()))


def parse_attributes(attributes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values of OTLP attributes by attribute name."""
    return {attribute["key"]: _parse_value(attribute.get("value", {})) for attribute in attributes}


def build_export(spans: Iterable[Span]) -> dict[str, Any]:
    """Return an ExportTraceServiceRequest of these spans, grouped by service."""
    services: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for span in spans:
        services[span.service].append(_build_span(span))
    return {"resourceSpans": [_build_resource_spans(service, group) for service, group in services.items()]}


def _parse_span(fields: Mapping[str, Any], service: str) -> Span:
    attributes = parse_attributes(fields.get("attributes", ()))
    return Span(
        trace_id=fields["traceId"].lower(),
        span_id=fields["spanId"].lower(),
        parent_id=fields.get("parentSpanId", "").lower(),
        name=str(fields["name"]),
        kind=int(fields.get("kind", SpanKind.INTERNAL)),
        start=int(fields["startTimeUnixNano"]),
        end=int(fields["endTimeUnixNano"]),
        service=service,
        attributes=attributes,
        has_failed="error.type" in attributes or fields.get("status", {}).get("code") == _ERROR,
    )


def _parse_value(value: Mapping[str, Any]) -> Any:
    """Return an attribute's value as a Python object. OTLP's JSON encoding has integers as text."""
    if "intValue" in value:
        return int(value["intValue"])
    if "doubleValue" in value:
        return float(value["doubleValue"])
    if "arrayValue" in value:
        return [_parse_value(item) for item in value["arrayValue"].get("values", ())]
    if "kvlistValue" in value:
        return parse_attributes(value["kvlistValue"].get("values", ()))
    return next(iter(value.values()), None)


def _build_resource_spans(service: str, spans: list[dict[str, Any]]) -> dict[str, Any]:
    attributes = _build_attributes({"service.name": service, "service.namespace": _NAMESPACE})
    scope_spans = {"scope": {"name": "pagebus.local"}, "spans": spans}
    return {"resource": {"attributes": attributes}, "scopeSpans": [scope_spans]}


def _build_span(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        **({"parentSpanId": span.parent_id} if span.parent_id else {}),
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.start),
        "endTimeUnixNano": str(span.end),
        "attributes": _build_attributes(span.attributes),
        **({"status": {"code": _ERROR}} if span.has_failed else {}),
    }


def _build_attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _build_value(value)} for name, value in values.items()]


def _build_value(value: str | float) -> dict[str, Any]:
    """Return the OTLP form of a value. Lists and dicts are not supported, because the twin's spans have none."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}

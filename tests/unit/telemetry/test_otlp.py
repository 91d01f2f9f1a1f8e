"""Tests of parsing and building spans in OTLP/JSON."""

import json

import pytest

from local.telemetry import otlp
from local.telemetry.span import Span, SpanKind

# The output of opentelemetry-python's OTLP/JSON exporter, but with ids in upper case, which the encoding allows.
EXPORT = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "intake"}}]},
            "scopeSpans": [
                {
                    "scope": {"name": "a"},
                    "spans": [
                        {
                            "traceId": "EC14A231D50323750BAE9D02561CB851",
                            "spanId": "085FB04F02BD5C06",
                            "parentSpanId": "A45B5577E091A10B",
                            "flags": 256,
                            "name": "fetch",
                            "kind": 1,
                            "startTimeUnixNano": "1795557404093758439",
                            "endTimeUnixNano": "1795557404093784157",
                            "attributes": [
                                {"key": "pagebus.page", "value": {"intValue": "3"}},
                                {"key": "share", "value": {"doubleValue": 1.5}},
                                {"key": "faas.coldstart", "value": {"boolValue": True}},
                                {"key": "pagebus.document", "value": {"stringValue": "x"}},
                                {"key": "sizes", "value": {"arrayValue": {"values": [{"intValue": "1"}]}}},
                                {"key": "empty", "value": {}},
                            ],
                            "status": {"message": "x", "code": 2},
                        }
                    ],
                }
            ],
        }
    ]
}
FETCH = Span(
    trace_id="ec14a231d50323750bae9d02561cb851",
    span_id="085fb04f02bd5c06",
    parent_id="a45b5577e091a10b",
    name="fetch",
    kind=SpanKind.INTERNAL,
    start=1795557404093758439,
    end=1795557404093784157,
    service="intake",
    attributes={
        "pagebus.page": 3,
        "share": 1.5,
        "faas.coldstart": True,
        "pagebus.document": "x",
        "sizes": [1],
        "empty": None,
    },
    has_failed=True,
)


def test_parsed_span_has_typed_attributes_and_lower_case_ids() -> None:
    assert list(otlp.parse_spans(EXPORT)) == [FETCH]


def test_built_export_is_parsed_to_same_spans() -> None:
    spans = [
        Span(trace_id="1" * 32, span_id="2" * 16, name="POST", kind=SpanKind.CLIENT, start=1, end=2, service="a"),
        Span(
            trace_id="1" * 32,
            span_id="3" * 16,
            parent_id="2" * 16,
            name="wait b",
            start=3,
            end=4,
            service="b",
            attributes={"n": 1, "s": "x", "f": 0.5, "b": False, "error.type": "timeout"},
            has_failed=True,
        ),
    ]
    assert list(otlp.parse_spans(json.loads(json.dumps(otlp.build_export(spans))))) == spans


def test_export_has_service_and_no_empty_fields() -> None:
    [group] = otlp.build_export([Span(trace_id="1", span_id="2", name="n", start=1, end=2, service="a")])[
        "resourceSpans"
    ]
    assert otlp.parse_resource_attributes(group) == {"service.name": "a", "service.namespace": "pagebus"}
    [span] = group["scopeSpans"][0]["spans"]
    assert span.keys() == {"traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes"}


def test_dictionary_of_span_has_names_of_otlp() -> None:
    assert FETCH.as_dict() == {
        "traceId": "ec14a231d50323750bae9d02561cb851",
        "spanId": "085fb04f02bd5c06",
        "parentSpanId": "a45b5577e091a10b",
        "name": "fetch",
        "kind": 1,
        "startTimeUnixNano": "1795557404093758439",
        "endTimeUnixNano": "1795557404093784157",
        "attributes": dict(FETCH.attributes),
        "service": "intake",
        "failed": True,
    }


@pytest.mark.parametrize(
    "invalid",
    [
        {"resourceSpans": 1},
        {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 1}]}]}]},
        {"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]},
    ],
)
def test_invalid_export_raises_error(invalid: dict[str, object]) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        list(otlp.parse_spans(invalid))


def test_empty_export_has_no_spans() -> None:
    assert list(otlp.parse_spans({})) == []

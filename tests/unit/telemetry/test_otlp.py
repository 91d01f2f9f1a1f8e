"""Spans as OTLP/JSON has them, both ways."""

import json

import pytest

from local.telemetry import otlp
from local.telemetry.span import Span, SpanKind

# As opentelemetry-python's exporter for OTLP/JSON writes it, with the ids in upper case, which the encoding allows.
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
    parent="a45b5577e091a10b",
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
    failed=True,
)


def test_an_export_is_read_with_typed_attributes_and_ids_in_lower_case() -> None:
    assert list(otlp.spans(EXPORT)) == [FETCH]


def test_what_is_written_is_read_as_the_same_spans() -> None:
    spans = [
        Span(trace_id="1" * 32, span_id="2" * 16, name="POST", kind=SpanKind.CLIENT, start=1, end=2, service="a"),
        Span(
            trace_id="1" * 32,
            span_id="3" * 16,
            parent="2" * 16,
            name="wait b",
            start=3,
            end=4,
            service="b",
            attributes={"n": 1, "s": "x", "f": 0.5, "b": False, "error.type": "timeout"},
            failed=True,
        ),
    ]
    assert list(otlp.spans(json.loads(json.dumps(otlp.export(spans))))) == spans


def test_an_export_names_its_service_and_leaves_out_what_is_not_there() -> None:
    [group] = otlp.export([Span(trace_id="1", span_id="2", name="n", start=1, end=2, service="a")])["resourceSpans"]
    assert otlp.resource(group) == {"service.name": "a", "service.namespace": "pagebus"}
    [span] = group["scopeSpans"][0]["spans"]
    assert span.keys() == {"traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes"}


def test_a_span_is_told_under_otlps_names() -> None:
    assert FETCH.told() == {
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
    "wrong",
    [
        {"resourceSpans": 1},
        {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 1}]}]}]},
        {"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]},
    ],
)
def test_what_is_no_export_is_an_error_and_not_a_guess(wrong: dict[str, object]) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        list(otlp.spans(wrong))


def test_nothing_is_an_export_of_nothing() -> None:
    assert list(otlp.spans({})) == []

"""The twin's spans, and telemetry of functions that it stores in files and exports to Prometheus."""

import json
import signal
import urllib.request
from typing import Any

from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from events.traceparent import TraceContext
from local.telemetry.span import Span
from local.telemetry.traces import load_trace
from tests.e2e.twin.rig import Rig, wait_until

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = f"00-{TRACE}-{PARENT}-01"


def load_spans(rig: Rig, trace: str = TRACE) -> list[Span]:
    return load_trace(rig.home / "telemetry", trace)


def wait_for_spans(rig: Rig, number: int) -> dict[str, list[Span]]:
    """Return the spans by name when there are this many."""
    wait_until(lambda: len(load_spans(rig)) == number, f"{number} spans are kept")
    found: dict[str, list[Span]] = {}
    for span in load_spans(rig):
        found.setdefault(span.name, []).append(span)
    return found


def list_traceparents(rig: Rig) -> list[str | None]:
    return [line["headers"].get("traceparent") for line in rig.list_requests("arrived")]


def test_trace_covers_record_wait_and_attempts(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [503, 204]}, event="one", trace=SENT)
    found = wait_for_spans(rig, 4)
    [receive], [wait], posts = found["receive pages"], found["wait recorder"], found["POST"]
    assert receive.parent_id == PARENT
    assert [post.parent_id for post in posts] == [receive.span_id] * 2
    assert wait.parent_id == posts[0].span_id
    assert [str(TraceContext(TRACE, post.span_id)) for post in posts] == list_traceparents(rig)
    assert [post.attributes["http.response.status_code"] for post in posts] == [503, 204]
    assert receive.start < receive.end <= posts[0].start <= wait.start < wait.end <= posts[0].end < posts[1].start


def test_record_without_a_trace_has_no_span(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1}, event="one")
    rig.produce("pages", {"n": 2}, event="two", trace=SENT)
    wait_for_spans(rig, 2)  # the first record, which has no span, was delivered before
    [first, second] = list_traceparents(rig)
    assert first is None
    assert second is not None
    kept = [file.read_text() for file in (rig.home / "telemetry").iterdir()]
    assert sum(text.count('"traceId"') for text in kept) == 2


def test_dead_letter_keeps_its_trace(rig: Rig) -> None:
    rig.add_service()
    rig.add_sink("dead", "dead-letters")
    rig.add_topic("pages")
    rig.add_topic("dead-letters")
    ref = {"apiVersion": "eventing.knative.dev/v1alpha1", "kind": "KafkaSink", "name": "dead"}
    rig.add_source("pages", delivery={"deadLetterSink": {"ref": ref}})
    rig.add_source("dead-letters")
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [422, 204]}, event="one", trace=SENT)
    wait_until(lambda: len(rig.list_numbers()) == 2, "the dead letter arrives")
    rig.end()
    by_id = {span.span_id: span for span in load_spans(rig)}
    path = [by_id[str(list_traceparents(rig)[1]).split("-")[2]]]
    while path[-1].parent_id in by_id:
        path.append(by_id[path[-1].parent_id])
    assert [span.name for span in path] == [
        "POST",
        "receive dead-letters",
        "send dead-letters",
        "POST",
        "receive pages",
    ]


def test_last_exports_of_an_sdk_are_stored(rig: Rig) -> None:
    rig.add_service(envFrom=[{"configMapRef": {"name": "pagebus"}}])
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1}, event="one")
    wait_until(lambda: rig.list_numbers() == [1], "the event arrives")
    endpoint = rig.list_requests()[0]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert endpoint == rig.load_addresses()["urls"]["telemetry"]
    trace = _export_telemetry(endpoint)
    with urllib.request.urlopen(f"{endpoint}/metrics", timeout=5) as answer:  # noqa: S310  # our loopback
        assert b'pagebus_pages_total{job="letters",service_name="letters"} 3.0' in answer.read()
    wait_until(lambda: [span.service for span in load_spans(rig, trace)] == ["letters"], "the span is kept")


def _export_telemetry(endpoint: str) -> str:
    """Export a span and a counter as a function would, and return the trace id."""
    resource = Resource({"service.name": "letters"})
    delta: dict[type, AggregationTemporality] = {metrics.Counter: AggregationTemporality.DELTA}
    counts = OTLPMetricExporter(f"{endpoint}/v1/metrics", preferred_temporality=delta)
    meters = MeterProvider([PeriodicExportingMetricReader(counts)], resource)
    meters.get_meter("test").create_counter("pagebus.pages").add(3)
    meters.shutdown()
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
    with tracers.get_tracer("test").start_as_current_span("read") as span:
        trace = f"{span.get_span_context().trace_id:032x}"
    tracers.shutdown()
    return trace


def test_telemetry_of_draining_functions_is_received(rig: Rig) -> None:
    """Accept telemetry that a function sends on SIGTERM, while the twin is ending."""
    rig.add_service(command=["python", "-c", _LAST_WORDS], annotations={"min-scale": "1"}, envFrom=_PROVIDED)
    rig.start()
    wait_until(lambda: rig.load_function()["ready"] == 1, "a replica")
    rig.end()
    assert [span.name for span in load_spans(rig, "1" * 32)] == ["last words"]


_PROVIDED: list[Any] = [{"configMapRef": {"name": "pagebus"}}]
_LAST_WORDS = f"""
import os, signal, sys, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
def tell(*_):
    span = dict(traceId="1" * 32, spanId="2" * 16, name="last words", startTimeUnixNano="1", endTimeUnixNano="2")
    body = str(dict(resourceSpans=[dict(scopeSpans=[dict(spans=[span])])])).replace("'", chr(34)).encode()
    url = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces"
    urllib.request.urlopen(urllib.request.Request(url, body, {json.dumps({"content-type": "application/json"})}))
    sys.exit()
signal.signal({int(signal.SIGTERM)}, tell)
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Ready).serve_forever()
"""

"""The twin's own spans, and what it takes in of functions, from a real broker to files and to Prometheus."""

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

from events.traceparent import Context
from local.telemetry.reading import of_trace
from local.telemetry.span import Span
from tests.e2e.twin.rig import Rig, until

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = f"00-{TRACE}-{PARENT}-01"


def spans(rig: Rig, trace: str = TRACE) -> list[Span]:
    return of_trace(rig.home / "telemetry", trace)


def named(rig: Rig, number: int) -> dict[str, list[Span]]:
    """The spans by name, once there are so many."""
    until(lambda: len(spans(rig)) == number, f"{number} spans are kept")
    found: dict[str, list[Span]] = {}
    for span in spans(rig):
        found.setdefault(span.name, []).append(span)
    return found


def traceparents(rig: Rig) -> list[str | None]:
    return [line["headers"].get("traceparent") for line in rig.requests("arrived")]


def test_a_record_is_followed_from_kafka_through_waiting_for_a_replica_to_every_attempt(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [503, 204]}, event="one", trace=SENT)
    found = named(rig, 4)
    [receive], [wait], posts = found["receive pages"], found["wait recorder"], found["POST"]
    assert receive.parent == PARENT
    assert [post.parent for post in posts] == [receive.span_id] * 2
    assert wait.parent == posts[0].span_id
    assert [str(Context(TRACE, post.span_id)) for post in posts] == traceparents(rig)
    assert [post.attributes["http.response.status_code"] for post in posts] == [503, 204]
    assert receive.start < receive.end <= posts[0].start <= wait.start < wait.end <= posts[0].end < posts[1].start


def test_what_comes_without_a_trace_goes_without_one_and_leaves_no_span(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1}, event="one")
    rig.produce("pages", {"n": 2}, event="two", trace=SENT)
    named(rig, 2)  # the first of which nothing tells had been delivered before
    [first, second] = traceparents(rig)
    assert first is None
    assert second is not None
    kept = [file.read_text() for file in (rig.home / "telemetry").iterdir()]
    assert sum(text.count('"traceId"') for text in kept) == 2


def test_a_dead_letter_keeps_its_trace(rig: Rig) -> None:
    rig.service()
    rig.sink("dead", "dead-letters")
    rig.topic("pages")
    rig.topic("dead-letters")
    ref = {"apiVersion": "eventing.knative.dev/v1alpha1", "kind": "KafkaSink", "name": "dead"}
    rig.source("pages", delivery={"deadLetterSink": {"ref": ref}})
    rig.source("dead-letters")
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [422, 204]}, event="one", trace=SENT)
    until(lambda: len(rig.numbers()) == 2, "the dead letter arrives")
    rig.end()
    by_id = {span.span_id: span for span in spans(rig)}
    way = [by_id[str(traceparents(rig)[1]).split("-")[2]]]
    while way[-1].parent in by_id:
        way.append(by_id[way[-1].parent])
    assert [span.name for span in way] == [
        "POST",
        "receive dead-letters",
        "send dead-letters",
        "POST",
        "receive pages",
    ]


def test_what_an_sdk_exports_until_the_last_moment_is_kept_and_added_up(rig: Rig) -> None:
    rig.service(envFrom=[{"configMapRef": {"name": "pagebus"}}])
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1}, event="one")
    until(lambda: rig.numbers() == [1], "the event arrives")
    endpoint = rig.requests()[0]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert endpoint == rig.told()["urls"]["telemetry"]
    trace = _exported(endpoint)
    with urllib.request.urlopen(f"{endpoint}/metrics", timeout=5) as answer:  # noqa: S310  # our loopback
        assert b'pagebus_pages_total{job="letters",service_name="letters"} 3.0' in answer.read()
    until(lambda: [span.service for span in spans(rig, trace)] == ["letters"], "the span is kept")


def _exported(endpoint: str) -> str:
    """Send a span and a count as a function would; the span's trace."""
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


def test_functions_that_still_drain_are_heard(rig: Rig) -> None:
    """The function tells when it is told to end, after the twin has been told so."""
    rig.service(command=["python", "-c", _LAST_WORDS], annotations={"min-scale": "1"}, envFrom=_PROVIDED)
    rig.start()
    until(lambda: rig.function()["ready"] == 1, "a replica")
    rig.end()
    assert [span.name for span in spans(rig, "1" * 32)] == ["last words"]


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

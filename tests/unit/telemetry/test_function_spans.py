"""Tests of the spans of a function: an unbroken chain of parents in the trace of the document."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from events import traceparent
from events.envelope import Envelope
from events.event import Event
from events.examples import EXAMPLES
from events.page import PageFailed, PageRequested
from functions.runtime.app import Handler, create_app
from functions.runtime.errors import Unavailable
from functions.runtime.telemetry.spans import trace_span
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import Trace
from tests.fakes import PublishRecorder, create_telemetry

REQUEST = cast("PageRequested", EXAMPLES[PageRequested.TYPE])
FAILED = EXAMPLES[PageFailed.TYPE]
DOCUMENT = REQUEST.document
ORIGIN = str(traceparent.derive_document_context(DOCUMENT))
HOP = f"00-{DOCUMENT.hex}-{'c' * 16}-01"
HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": str(REQUEST.id),
    "ce-source": "/pagebus/intake",
    "ce-type": PageRequested.TYPE,
    "ce-subject": str(REQUEST.subject),
    "content-type": "application/json",
}
TRACED = HEADERS | {"ce-traceparent": ORIGIN, "traceparent": HOP}


class TracedFunction:
    """A function whose finished spans can be inspected."""

    def __init__(self, *, created: int = 0) -> None:
        self._exporter = InMemorySpanExporter()
        self.telemetry = create_telemetry(SimpleSpanProcessor(self._exporter), created=created)
        self.bus = PublishRecorder()

    def receive(self, handler: Handler, headers: dict[str, str]) -> int:
        app = create_app({"*": handler}, self.bus, consumes="a.topic", telemetry=self.telemetry)
        return app.test_client().post("/", headers=headers, data=REQUEST.model_dump_json()).status_code

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        spans = self._exporter.get_finished_spans()
        assert len({span.name for span in spans}) == len(spans)
        return {span.name: span for span in spans}


def publish_events(*events: Event) -> Handler:
    return lambda _: events


def get_parent_id(span: ReadableSpan) -> str | None:
    return f"{span.parent.span_id:016x}" if span.parent else None


def get_span_id(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.span_id:016x}"


def get_attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_process_span_has_hop_as_parent() -> None:
    function = TracedFunction()

    def handle(_: Envelope) -> Sequence[Event]:
        with trace_span("read", {"pagebus.engine": "toy"}):
            return ()

    function.receive(handle, TRACED)

    process, read = function.spans["process a.topic"], function.spans["read"]
    assert (get_parent_id(process), process.kind) == ("c" * 16, SpanKind.CONSUMER)
    assert get_parent_id(read) == get_span_id(process)
    assert {f"{span.context.trace_id:032x}" for span in (process, read) if span.context} == {DOCUMENT.hex}
    assert (
        get_attributes(process).items()
        >= {
            "pagebus.document": str(DOCUMENT),
            "pagebus.page": REQUEST.page,
            "faas.trigger": "pubsub",
            "messaging.destination.name": "a.topic",
        }.items()
    )


def test_missing_hop_is_a_receive_span_from_event_time() -> None:
    function = TracedFunction()

    function.receive(publish_events(), HEADERS | {"ce-traceparent": ORIGIN, "ce-time": "2026-01-01T00:00:00Z"})

    receive, process = function.spans["receive a.topic"], function.spans["process a.topic"]
    assert (get_parent_id(receive), get_parent_id(process)) == (DOCUMENT.hex[16:], get_span_id(receive))
    assert receive.start_time == int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9
    assert receive.end_time == process.start_time


def test_hop_of_another_trace_is_a_link() -> None:
    function = TracedFunction()

    function.receive(publish_events(), TRACED | {"traceparent": f"00-{'9' * 32}-{'8' * 16}-01"})

    process = function.spans["process a.topic"]
    assert get_parent_id(process) == DOCUMENT.hex[16:]
    assert [f"{link.context.span_id:016x}" for link in process.links] == ["8" * 16]


def test_published_event_has_process_span_as_cause() -> None:
    function = TracedFunction()

    function.receive(publish_events(FAILED), TRACED)

    [(event, trace)] = function.bus.published
    cause = trace.find_cause(event)
    assert cause is not None
    assert f"{cause.span_id:016x}" == get_span_id(function.spans["process a.topic"])
    assert trace == Trace(ORIGIN, HOP)


def test_upload_without_trace_starts_trace_per_document() -> None:
    function, uploaded = TracedFunction(), datetime(2026, 1, 1, tzinfo=UTC)
    documents = [DOCUMENT, UUID(int=7)]

    def handle(_: Envelope) -> Sequence[Event]:
        for document in documents:
            with function.telemetry.trace_document(document, uploaded):
                pass
        return ()

    app = create_app({"*": handle}, function.bus, consumes="t", telemetry=function.telemetry)
    app.test_client().post("/", headers=HEADERS | {"ce-time": "2026-01-01T00:00:05Z"}, data="{}")

    spans = function._exporter.get_finished_spans()  # noqa: SLF001  # two of each name here
    for document in documents:
        own = {span.name: span for span in spans if span.context and span.context.trace_id == document.int}
        assert get_parent_id(own["notify"]) == document.hex[16:]
        assert get_parent_id(own["receive t"]) == get_span_id(own["notify"])
        assert get_parent_id(own["process t"]) == get_span_id(own["receive t"])
        assert own["notify"].start_time == int(uploaded.timestamp()) * 10**9
        assert own["notify"].end_time == own["receive t"].start_time


def test_only_first_event_has_span_of_cold_start() -> None:
    sent = datetime(2026, 1, 1, tzinfo=UTC)
    created = int(sent.timestamp() * 1000) * 10**6 + 10**9
    function = TracedFunction(created=created)
    function.telemetry.replica.mark_loaded(created + 10**9)
    headers = TRACED | {"ce-time": sent.isoformat()}

    function.receive(publish_events(), headers)

    start, process = function.spans["start tested"], function.spans["process a.topic"]
    assert (get_parent_id(start), start.start_time, get_attributes(process)["faas.coldstart"]) == (
        "c" * 16,
        created,
        True,
    )
    load = function.spans["load tested"]
    assert (get_parent_id(load), load.start_time, load.end_time) == (
        get_span_id(start),
        created + 10**9,
        start.end_time,
    )
    later = TracedFunction(created=created)
    later.telemetry.replica.take_first_request()
    later.receive(publish_events(), headers)
    assert "start tested" not in later.spans
    early = TracedFunction(created=1)
    early.receive(publish_events(), headers)
    assert "start tested" not in early.spans


@pytest.mark.parametrize("error", [Unavailable("text of a document"), RuntimeError("text of a document")])
def test_failed_span_has_error_type_without_message(error: Exception) -> None:
    function = TracedFunction()

    def handle(_: Envelope) -> Sequence[Event]:
        with trace_span("read"):
            raise error

    function.receive(handle, TRACED)

    for span in function.spans.values():
        assert span.status.status_code is StatusCode.ERROR
        assert get_attributes(span)["error.type"] == type(error).__name__
        assert "text of" not in json.dumps(json.loads(span.to_json()))


def test_unsampled_trace_has_no_spans_and_continues() -> None:
    function = TracedFunction()

    function.receive(publish_events(FAILED), HEADERS | {"ce-traceparent": f"00-{'a' * 32}-{'b' * 16}-00"})

    assert not function.spans
    [(event, trace)] = function.bus.published
    cause = trace.find_cause(event)
    assert cause is not None
    assert f"{cause.trace_id:032x}" == "a" * 32


def end_document(function: TracedFunction, origin: str | None) -> ReadableSpan:
    function.telemetry.export_document_span(DOCUMENT, origin, datetime(2026, 1, 1, tzinfo=UTC), "completed")
    return function.spans["document"]


def test_document_span_has_the_derived_id() -> None:
    document = end_document(TracedFunction(), ORIGIN)

    assert (get_span_id(document), get_parent_id(document)) == (DOCUMENT.hex[16:], None)
    assert document.start_time == int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9


def test_document_span_is_child_of_uploads_trace() -> None:
    document = end_document(TracedFunction(), f"00-{'a' * 32}-{'b' * 16}-01")

    assert document.context is not None
    assert f"{document.context.trace_id:032x}" == "a" * 32
    assert (get_span_id(document), get_parent_id(document)) == (DOCUMENT.hex[16:], "b" * 16)


def test_span_outside_of_an_event_is_not_recorded() -> None:
    with trace_span("read") as span:
        assert not span.is_recording()


def test_telemetry_without_endpoint_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    telemetry = Telemetry.from_environment("intake", 0)
    with trace_span("read"):
        pass
    telemetry.close()


@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"])
def test_impossible_time_is_limited_to_range_of_otlp(sent: str) -> None:
    function = TracedFunction()

    assert function.receive(publish_events(), HEADERS | {"ce-traceparent": ORIGIN, "ce-time": sent}) == 204

    receive = function.spans["receive a.topic"]
    assert 0 <= (receive.start_time or 0) <= (receive.end_time or 0) < 2**63

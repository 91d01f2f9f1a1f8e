"""What a function tells of one event: a chain of causes without a gap, in the document's own trace."""

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
from functions.runtime.app import Handler, application
from functions.runtime.errors import Unavailable
from functions.runtime.telemetry.spans import span
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import Trace
from tests.fakes import Recorder, telemetry

REQUEST = cast("PageRequested", EXAMPLES[PageRequested.TYPE])
FAILED = EXAMPLES[PageFailed.TYPE]
DOCUMENT = REQUEST.document
ORIGIN = str(traceparent.of_document(DOCUMENT))
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


class Heard:
    """A function whose spans are kept here."""

    def __init__(self, *, created: int = 0) -> None:
        self._exporter = InMemorySpanExporter()
        self.telemetry = telemetry(SimpleSpanProcessor(self._exporter), created=created)
        self.bus = Recorder()

    def receive(self, handler: Handler, headers: dict[str, str]) -> int:
        app = application({"*": handler}, self.bus, consumes="a.topic", telemetry=self.telemetry)
        return app.test_client().post("/", headers=headers, data=REQUEST.model_dump_json()).status_code

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        found = self._exporter.get_finished_spans()
        assert len({one.name for one in found}) == len(found)
        return {one.name: one for one in found}


def said(*events: Event) -> Handler:
    return lambda _: events


def parent(of: ReadableSpan) -> str | None:
    return f"{of.parent.span_id:016x}" if of.parent else None


def span_id(of: ReadableSpan) -> str:
    assert of.context is not None
    return f"{of.context.span_id:016x}"


def attributes(of: ReadableSpan) -> dict[str, Any]:
    return dict(of.attributes or {})


def test_the_work_follows_from_the_hop_and_what_it_consists_of_from_the_work() -> None:
    heard = Heard()

    def handle(_: Envelope) -> Sequence[Event]:
        with span("read", {"pagebus.engine": "toy"}):
            return ()

    heard.receive(handle, TRACED)

    process, read = heard.spans["process a.topic"], heard.spans["read"]
    assert (parent(process), process.kind) == ("c" * 16, SpanKind.CONSUMER)
    assert parent(read) == span_id(process)
    assert {f"{one.context.trace_id:032x}" for one in (process, read) if one.context} == {DOCUMENT.hex}
    assert (
        attributes(process).items()
        >= {
            "pagebus.document": str(DOCUMENT),
            "pagebus.page": REQUEST.page,
            "faas.trigger": "pubsub",
            "messaging.destination.name": "a.topic",
        }.items()
    )


def test_a_way_that_nobody_told_of_is_told_by_the_times_of_the_event() -> None:
    heard = Heard()

    heard.receive(said(), HEADERS | {"ce-traceparent": ORIGIN, "ce-time": "2026-01-01T00:00:00Z"})

    receive, process = heard.spans["receive a.topic"], heard.spans["process a.topic"]
    assert (parent(receive), parent(process)) == (DOCUMENT.hex[16:], span_id(receive))
    assert receive.start_time == int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9
    assert receive.end_time == process.start_time


def test_the_hop_of_another_trace_is_a_link_and_no_parent() -> None:
    heard = Heard()

    heard.receive(said(), TRACED | {"traceparent": f"00-{'9' * 32}-{'8' * 16}-01"})

    process = heard.spans["process a.topic"]
    assert parent(process) == DOCUMENT.hex[16:]
    assert [f"{link.context.span_id:016x}" for link in process.links] == ["8" * 16]


def test_what_is_said_is_said_because_of_the_work() -> None:
    heard = Heard()

    heard.receive(said(FAILED), TRACED)

    [(event, trace)] = heard.bus.said
    cause = trace.cause(event)
    assert cause is not None
    assert f"{cause.span_id:016x}" == span_id(heard.spans["process a.topic"])
    assert trace == Trace(ORIGIN, HOP)


def test_an_announcement_without_a_trace_begins_that_of_each_document_it_turns_out_to_be_about() -> None:
    heard, uploaded = Heard(), datetime(2026, 1, 1, tzinfo=UTC)
    documents = [DOCUMENT, UUID(int=7)]

    def handle(_: Envelope) -> Sequence[Event]:
        for document in documents:
            with heard.telemetry.of_document(document, uploaded):
                pass
        return ()

    app = application({"*": handle}, heard.bus, consumes="t", telemetry=heard.telemetry)
    app.test_client().post("/", headers=HEADERS | {"ce-time": "2026-01-01T00:00:05Z"}, data="{}")

    found = heard._exporter.get_finished_spans()  # noqa: SLF001  # two of each name here
    for document in documents:
        own = {one.name: one for one in found if one.context and one.context.trace_id == document.int}
        assert parent(own["notify"]) == document.hex[16:]
        assert parent(own["receive t"]) == span_id(own["notify"])
        assert parent(own["process t"]) == span_id(own["receive t"])
        assert own["notify"].start_time == int(uploaded.timestamp()) * 10**9
        assert own["notify"].end_time == own["receive t"].start_time


def test_only_the_event_that_a_replica_was_started_for_is_told_to_have_waited_for_that() -> None:
    sent = datetime(2026, 1, 1, tzinfo=UTC)
    created = int(sent.timestamp() * 1000) * 10**6 + 10**9
    heard = Heard(created=created)
    heard.telemetry.replica.loaded(created + 10**9)
    headers = TRACED | {"ce-time": sent.isoformat()}

    heard.receive(said(), headers)

    start, process = heard.spans["start tested"], heard.spans["process a.topic"]
    assert (parent(start), start.start_time, attributes(process)["faas.coldstart"]) == ("c" * 16, created, True)
    load = heard.spans["load tested"]
    assert (parent(load), load.start_time, load.end_time) == (span_id(start), created + 10**9, start.end_time)
    later = Heard(created=created)
    later.telemetry.replica.take_first()
    later.receive(said(), headers)
    assert "start tested" not in later.spans
    early = Heard(created=1)
    early.receive(said(), headers)
    assert "start tested" not in early.spans


@pytest.mark.parametrize("error", [Unavailable("the words of a document"), RuntimeError("the words of a document")])
def test_a_failure_shows_its_kind_and_none_of_its_words(error: Exception) -> None:
    heard = Heard()

    def handle(_: Envelope) -> Sequence[Event]:
        with span("read"):
            raise error

    heard.receive(handle, TRACED)

    for told in heard.spans.values():
        assert told.status.status_code is StatusCode.ERROR
        assert attributes(told)["error.type"] == type(error).__name__
        assert "words" not in json.dumps(json.loads(told.to_json()))


def test_a_trace_that_is_not_sampled_leaves_no_span_and_still_goes_on() -> None:
    heard = Heard()

    heard.receive(said(FAILED), HEADERS | {"ce-traceparent": f"00-{'a' * 32}-{'b' * 16}-00"})

    assert not heard.spans
    [(event, trace)] = heard.bus.said
    cause = trace.cause(event)
    assert cause is not None
    assert f"{cause.trace_id:032x}" == "a" * 32


def ended(heard: Heard, origin: str | None) -> ReadableSpan:
    heard.telemetry.ended(DOCUMENT, origin, datetime(2026, 1, 1, tzinfo=UTC), "completed")
    return heard.spans["document"]


def test_a_documents_span_is_the_one_that_everything_referred_to() -> None:
    document = ended(Heard(), ORIGIN)

    assert (span_id(document), parent(document)) == (DOCUMENT.hex[16:], None)
    assert document.start_time == int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9


def test_a_documents_span_stands_below_the_trace_that_its_upload_brought() -> None:
    document = ended(Heard(), f"00-{'a' * 32}-{'b' * 16}-01")

    assert document.context is not None
    assert f"{document.context.trace_id:032x}" == "a" * 32
    assert (span_id(document), parent(document)) == (DOCUMENT.hex[16:], "b" * 16)


def test_outside_of_any_event_there_are_no_spans() -> None:
    with span("read") as nothing:
        assert not nothing.is_recording()


def test_telemetry_without_an_endpoint_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    silent = Telemetry.begin("intake", 0)
    with span("read"):
        pass
    silent.close()


@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_that_cannot_be_is_told_as_one_that_otlp_can_say(sent: str) -> None:
    heard = Heard()

    assert heard.receive(said(), HEADERS | {"ce-traceparent": ORIGIN, "ce-time": sent}) == 204

    receive = heard.spans["receive a.topic"]
    assert 0 <= (receive.start_time or 0) <= (receive.end_time or 0) < 2**63

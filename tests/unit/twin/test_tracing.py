"""Spans of the twin for records with and without a sampled trace."""

import asyncio
import time

import pytest

from events.traceparent import TraceContext, parse_traceparent
from local.telemetry.span import Span, SpanKind
from local.twin.http_client import HttpResponse, TransportError
from local.twin.services.activator import Activator, Backend
from local.twin.sources.delivery import DeliveryPolicy, deliver
from local.twin.sources.records import DeliveryRequest, Record, SourceIdentity, build_request
from local.twin.tracing import RecordTrace, trace_sink_write, trace_wait

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CAME = f"00-{TRACE}-{PARENT}-01"
URL = "http://tesseract.default.svc.cluster.local/"


def record(traceparent: str | None, timestamp: int | None = None) -> Record:
    ce = {"ce_specversion": "1.0", "ce_id": "1", "ce_type": "t", "ce_source": "/s"}
    headers = ce | ({"traceparent": traceparent} if traceparent else {})
    at = time.time_ns() // 1_000_000 - 2000 if timestamp is None else timestamp
    return Record("pages", 2, 7, at, None, b"{}", tuple((name, text.encode()) for name, text in headers.items()))


def deliver_record(came: Record, *answers: HttpResponse | Exception) -> tuple[list[Span], list[str | None]]:
    """Return the spans, and the `traceparent` of every attempt."""
    spans: list[Span] = []
    sent: list[str | None] = []
    ahead = list(answers)

    async def send(_: str, attempt: DeliveryRequest) -> HttpResponse:
        sent.append(dict(attempt.headers).get("traceparent"))
        if isinstance(answer := ahead.pop(0), Exception):
            raise answer
        return answer

    async def sleep(_: float) -> None:
        """Do not wait."""

    traced = RecordTrace(came, "group", spans.append).trace_sends(send)
    policy = DeliveryPolicy(retries=len(answers) - 1, is_exponential=True, delay=1, timeout=5)
    asyncio.run(deliver(traced, URL, build_request(came, SourceIdentity("src", "default")), policy, sleep))
    return spans, sent


def test_receive_span_lasts_from_timestamp_to_first_attempt() -> None:
    came = record(CAME)
    [receive, post], _ = deliver_record(came, HttpResponse(204))
    assert (receive.name, receive.kind, receive.service) == ("receive pages", SpanKind.CLIENT, "dispatcher")
    assert (receive.trace_id, receive.parent_id) == (TRACE, PARENT)
    assert receive.start == came.timestamp * 1_000_000
    assert 0 <= post.start - receive.end < 1_000_000_000
    assert receive.attributes == {
        "messaging.system": "kafka",
        "messaging.operation.type": "receive",
        "messaging.destination.name": "pages",
        "messaging.destination.partition.id": "2",
        "messaging.kafka.offset": 7,
        "messaging.consumer.group.name": "group",
    }


def test_each_attempt_has_a_span_that_the_function_receives() -> None:
    [receive, *posts], sent = deliver_record(record(CAME), HttpResponse(503), TransportError("EOF"), HttpResponse(204))
    assert [str(TraceContext(TRACE, post.span_id)) for post in posts] == sent
    assert len(set(sent)) == 3
    assert {(post.name, post.kind, post.service, post.parent_id) for post in posts} == {
        ("POST", SpanKind.CLIENT, "dispatcher", receive.span_id)
    }
    common = {"http.request.method": "POST", "server.address": "tesseract.default.svc.cluster.local"}
    assert [post.attributes for post in posts] == [
        {**common, "http.response.status_code": 503, "error.type": "503"},
        {**common, "http.request.resend_count": 1, "error.type": "TransportError"},
        {**common, "http.request.resend_count": 2, "http.response.status_code": 204},
    ]
    assert [post.has_failed for post in posts] == [True, True, False]


def test_attempt_that_times_out_has_a_timeout_error() -> None:
    spans: list[Span] = []

    async def hang(_url: str, _request: DeliveryRequest) -> HttpResponse:
        await asyncio.Event().wait()
        raise AssertionError

    came = record(CAME)
    policy = DeliveryPolicy(retries=0, is_exponential=True, delay=0, timeout=0.01)
    sent = build_request(came, SourceIdentity("src", "default"))
    asyncio.run(deliver(RecordTrace(came, "g", spans.append).trace_sends(hang), URL, sent, policy, asyncio.sleep))
    assert [(one.name, one.attributes.get("error.type")) for one in spans] == [
        ("receive pages", None),
        ("POST", "timeout"),
    ]


def test_dead_letter_span_has_the_same_parent_and_no_resend_count() -> None:
    spans: list[Span] = []

    async def send(_url: str, _request: DeliveryRequest) -> HttpResponse:
        return HttpResponse(202)

    trail = RecordTrace(record(CAME), "g", spans.append)
    sent = build_request(record(CAME), SourceIdentity("src", "default"))

    async def scene() -> None:
        for url in (URL, "http://dead/"):
            await trail.trace_sends(send)(url, sent)

    asyncio.run(scene())
    assert [one.name for one in spans] == ["receive pages", "POST", "POST"]
    assert {one.parent_id for one in spans[1:]} == {spans[0].span_id}
    assert all("http.request.resend_count" not in one.attributes for one in spans)


@pytest.mark.parametrize("traceparent", [None, "nonsense", f"00-{TRACE}-{PARENT}-00"])
def test_unsampled_record_has_no_span(traceparent: str | None) -> None:
    spans, [sent] = deliver_record(record(traceparent), HttpResponse(204))
    assert spans == []
    goes_on = parse_traceparent(traceparent) is not None
    assert (sent is not None) == goes_on
    assert not goes_on or (sent or "").startswith(f"00-{TRACE}-")


@pytest.mark.parametrize("timestamp", [-1, 0, 4_000_000_000_000])
def test_invalid_timestamp_gives_a_span_without_negative_duration(timestamp: int) -> None:
    [receive, _], _ = deliver_record(record(CAME, timestamp), HttpResponse(204))
    assert receive.start == receive.end


def test_wait_span_exists_only_without_a_free_replica() -> None:
    spans: list[Span] = []
    sent = DeliveryRequest((("traceparent", CAME),), None)

    async def ask(activator: Activator) -> None:
        async with activator.acquire_backend(trace_wait(sent, "tesseract", spans.append)):
            pass

    async def scene() -> None:
        activator = Activator(1, lambda *_: None)
        asking = asyncio.create_task(ask(activator))
        await asyncio.sleep(0)
        activator.add_backend(Backend("h", 1))
        await asking
        await ask(activator)

    asyncio.run(scene())
    [wait] = spans
    assert (wait.name, wait.kind, wait.service) == ("wait tesseract", SpanKind.INTERNAL, "activator")
    assert (wait.trace_id, wait.parent_id, wait.has_failed) == (TRACE, PARENT, False)


def test_cancelled_wait_has_a_timeout_error() -> None:
    spans: list[Span] = []
    sent = DeliveryRequest((("traceparent", CAME),), None)

    async def scene() -> None:
        activator = Activator(1, lambda *_: None)
        async with asyncio.timeout(0.01), activator.acquire_backend(trace_wait(sent, "tesseract", spans.append)):
            raise AssertionError

    with pytest.raises(TimeoutError):
        asyncio.run(scene())
    assert [one.attributes for one in spans] == [{"error.type": "timeout"}]


def test_sink_span_is_the_one_in_its_record() -> None:
    spans: list[Span] = []
    own = TraceContext(TRACE, "1" * 16)
    with trace_sink_write(DeliveryRequest((("Traceparent", CAME),), None), own, "dead", spans.append):
        pass
    with trace_sink_write(DeliveryRequest((), None), None, "dead", spans.append):
        pass
    [sent] = spans
    assert (sent.name, sent.kind, sent.span_id, sent.parent_id) == ("send dead", SpanKind.PRODUCER, "1" * 16, PARENT)

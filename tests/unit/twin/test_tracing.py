"""The spans that the twin adds to a trace, and that it adds none where there is no trace."""

import asyncio
import time

import pytest

from events.traceparent import Context, read
from local.telemetry.span import Span, SpanKind
from local.twin.http import Answer, TransportError
from local.twin.services.activator import Activator, Backend
from local.twin.sources.delivery import Policy, deliver
from local.twin.sources.records import Origin, Record, Request, request
from local.twin.tracing import Trail, sending, waiting

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CAME = f"00-{TRACE}-{PARENT}-01"
URL = "http://tesseract.default.svc.cluster.local/"


def record(traceparent: str | None, timestamp: int | None = None) -> Record:
    ce = {"ce_specversion": "1.0", "ce_id": "1", "ce_type": "t", "ce_source": "/s"}
    headers = ce | ({"traceparent": traceparent} if traceparent else {})
    at = time.time_ns() // 1_000_000 - 2000 if timestamp is None else timestamp
    return Record("pages", 2, 7, at, None, b"{}", tuple((name, text.encode()) for name, text in headers.items()))


def delivered(came: Record, *answers: Answer | Exception) -> tuple[list[Span], list[str | None]]:
    """The spans, and the `traceparent` of every attempt."""
    spans: list[Span] = []
    sent: list[str | None] = []
    ahead = list(answers)

    async def send(_: str, attempt: Request) -> Answer:
        sent.append(dict(attempt.headers).get("traceparent"))
        if isinstance(answer := ahead.pop(0), Exception):
            raise answer
        return answer

    async def sleep(_: float) -> None:
        """No time is to be lost."""

    traced = Trail(came, "group", spans.append).following(send)
    policy = Policy(retries=len(answers) - 1, exponential=True, delay=1, timeout=5)
    asyncio.run(deliver(traced, URL, request(came, Origin("src", "default")), policy, sleep))
    return spans, sent


def test_a_record_waits_from_its_timestamp_until_it_is_first_sent() -> None:
    came = record(CAME)
    [receive, post], _ = delivered(came, Answer(204))
    assert (receive.name, receive.kind, receive.service) == ("receive pages", SpanKind.CLIENT, "dispatcher")
    assert (receive.trace_id, receive.parent) == (TRACE, PARENT)
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


def test_each_attempt_is_a_span_whose_id_the_function_gets() -> None:
    [receive, *posts], sent = delivered(record(CAME), Answer(503), TransportError("EOF"), Answer(204))
    assert [str(Context(TRACE, post.span_id)) for post in posts] == sent
    assert len(set(sent)) == 3
    assert {(post.name, post.kind, post.service, post.parent) for post in posts} == {
        ("POST", SpanKind.CLIENT, "dispatcher", receive.span_id)
    }
    common = {"http.request.method": "POST", "server.address": "tesseract.default.svc.cluster.local"}
    assert [post.attributes for post in posts] == [
        {**common, "http.response.status_code": 503, "error.type": "503"},
        {**common, "http.request.resend_count": 1, "error.type": "TransportError"},
        {**common, "http.request.resend_count": 2, "http.response.status_code": 204},
    ]
    assert [post.failed for post in posts] == [True, True, False]


def test_an_attempt_without_an_answer_in_time_says_so() -> None:
    spans: list[Span] = []

    async def hang(_url: str, _request: Request) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    came = record(CAME)
    policy = Policy(retries=0, exponential=True, delay=0, timeout=0.01)
    sent = request(came, Origin("src", "default"))
    asyncio.run(deliver(Trail(came, "g", spans.append).following(hang), URL, sent, policy, asyncio.sleep))
    assert [(one.name, one.attributes.get("error.type")) for one in spans] == [
        ("receive pages", None),
        ("POST", "timeout"),
    ]


def test_a_dead_letter_belongs_to_the_same_wait_and_is_no_repetition() -> None:
    spans: list[Span] = []

    async def send(_url: str, _request: Request) -> Answer:
        return Answer(202)

    trail = Trail(record(CAME), "g", spans.append)
    sent = request(record(CAME), Origin("src", "default"))

    async def scene() -> None:
        for url in (URL, "http://dead/"):
            await trail.following(send)(url, sent)

    asyncio.run(scene())
    assert [one.name for one in spans] == ["receive pages", "POST", "POST"]
    assert {one.parent for one in spans[1:]} == {spans[0].span_id}
    assert all("http.request.resend_count" not in one.attributes for one in spans)


@pytest.mark.parametrize("traceparent", [None, "nonsense", f"00-{TRACE}-{PARENT}-00"])
def test_without_a_sampled_trace_there_is_no_span(traceparent: str | None) -> None:
    spans, [sent] = delivered(record(traceparent), Answer(204))
    assert spans == []
    goes_on = read(traceparent) is not None
    assert (sent is not None) == goes_on
    assert not goes_on or (sent or "").startswith(f"00-{TRACE}-")


@pytest.mark.parametrize("timestamp", [-1, 0, 4_000_000_000_000])
def test_a_timestamp_that_cannot_be_makes_no_span_that_ends_before_it_begins(timestamp: int) -> None:
    [receive, _], _ = delivered(record(CAME, timestamp), Answer(204))
    assert receive.start == receive.end


def test_a_request_waits_for_a_replica_only_where_there_is_none() -> None:
    spans: list[Span] = []
    sent = Request((("traceparent", CAME),), None)

    async def ask(activator: Activator) -> None:
        async with activator.backend(waiting(sent, "tesseract", spans.append)):
            pass

    async def scene() -> None:
        activator = Activator(1, lambda *_: None)
        asking = asyncio.create_task(ask(activator))
        await asyncio.sleep(0)
        activator.add(Backend("h", 1))
        await asking
        await ask(activator)

    asyncio.run(scene())
    [wait] = spans
    assert (wait.name, wait.kind, wait.service) == ("wait tesseract", SpanKind.INTERNAL, "activator")
    assert (wait.trace_id, wait.parent, wait.failed) == (TRACE, PARENT, False)


def test_a_wait_that_was_given_up_says_so() -> None:
    spans: list[Span] = []
    sent = Request((("traceparent", CAME),), None)

    async def scene() -> None:
        activator = Activator(1, lambda *_: None)
        async with asyncio.timeout(0.01), activator.backend(waiting(sent, "tesseract", spans.append)):
            raise AssertionError

    with pytest.raises(TimeoutError):
        asyncio.run(scene())
    assert [one.attributes for one in spans] == [{"error.type": "timeout"}]


def test_a_sink_tells_of_the_span_that_its_record_names() -> None:
    spans: list[Span] = []
    own = Context(TRACE, "1" * 16)
    with sending(Request((("Traceparent", CAME),), None), own, "dead", spans.append):
        pass
    with sending(Request((), None), None, "dead", spans.append):
        pass
    [sent] = spans
    assert (sent.name, sent.kind, sent.span_id, sent.parent) == ("send dead", SpanKind.PRODUCER, "1" * 16, PARENT)

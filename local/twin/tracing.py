"""The twin's own spans: a record's wait in Kafka, each attempt to deliver it, a request's wait for a replica.

Made by hand: an SDK would cost each delivery more, and the twin memory that is for functions.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from events.traceparent import Context
from local.telemetry.span import Emit, Span, SpanKind
from local.twin.http import Answer
from local.twin.sources.delivery import Send
from local.twin.sources.records import Record, Request

Attributes = dict[str, str | int]

_MILLI = 1_000_000


class _Work(NamedTuple):
    name: str
    kind: SpanKind
    service: str


_POST = _Work("POST", SpanKind.CLIENT, "dispatcher")


class Trail:
    """Follows one record to its sink, and to its dead-letter sink, where a sampled trace came with it."""

    def __init__(self, record: Record, group: str, emit: Emit) -> None:
        self._record = record
        self._group = group
        self._emit = emit
        self._received: Context | None = None

    def following(self, send: Send) -> Send:
        """`send`, each call of which is an attempt with a span of its own; what receives it learns of that span."""
        came = self._record.context
        if came is None or not came.sampled:
            return send
        resends = itertools.count()

        async def traced(url: str, request: Request) -> Answer:
            received = self._received = self._received or self._waited(came)
            own = received.child()
            with _spanning(_POST, own, received, self._emit) as found:
                found.update(_sent(url, next(resends)))
                answer = await send(url, request.within(own))
                found.update(_answered(answer.status))
                return answer

        return traced

    def _waited(self, came: Context) -> Context:
        """Tell that the record's wait is over."""
        record, own, now = self._record, came.child(), time.time_ns()
        attributes: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.type": "receive",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            "messaging.consumer.group.name": self._group,
        }
        since = record.timestamp * _MILLI if record.timestamp > 0 else now
        work = _Work(f"receive {record.topic}", SpanKind.CLIENT, "dispatcher")
        self._emit(_span(work, own, came, (min(since, now), now), attributes))
        return own


@contextmanager
def waiting(request: Request, service: str, emit: Emit) -> Iterator[None]:
    """While a request waits for a place in a replica of `service`."""
    if (came := request.context) is None or not came.sampled:
        yield
        return
    work = _Work(f"wait {service}", SpanKind.INTERNAL, "activator")
    with _spanning(work, came.child(), came, emit):
        yield


@contextmanager
def sending(request: Request, own: Context | None, topic: str, emit: Emit) -> Iterator[Attributes]:
    """While a sink writes the event of `request` to a topic, with `own` as what the record tells of its origin."""
    if own is None or not own.sampled or (came := request.context) is None:
        yield {}
        return
    work = _Work(f"send {topic}", SpanKind.PRODUCER, "kafka-sink")
    with _spanning(work, own, came, emit) as found:
        found.update({"messaging.system": "kafka", "messaging.operation.type": "send"})
        found["messaging.destination.name"] = topic
        yield found


def _sent(url: str, resent: int) -> Attributes:
    again: Attributes = {"http.request.resend_count": resent} if resent else {}
    return {"http.request.method": "POST", "server.address": urlsplit(url).hostname or "", **again}


def _answered(status: int) -> Attributes:
    wrong: Attributes = {} if status // 100 == 2 else {"error.type": str(status)}  # noqa: PLR2004  # 2xx
    return {"http.response.status_code": status, **wrong}


@contextmanager
def _spanning(work: _Work, own: Context, parent: Context, emit: Emit) -> Iterator[Attributes]:
    """A span of what is done meanwhile, with the attributes that are found."""
    found: Attributes = {}
    begun = time.time_ns()
    try:
        yield found
    except asyncio.CancelledError:
        # Whoever waits for an answer gives up like this; so does a source that loses its partition.
        found["error.type"] = "timeout"
        raise
    except Exception as error:
        found["error.type"] = type(error).__name__
        raise
    finally:
        emit(_span(work, own, parent, (begun, time.time_ns()), found))


def _span(work: _Work, own: Context, parent: Context, interval: tuple[int, int], attributes: Attributes) -> Span:
    return Span(
        trace_id=own.trace_id,
        span_id=own.span_id,
        parent=parent.span_id,
        name=work.name,
        kind=work.kind,
        start=interval[0],
        end=interval[1],
        service=work.service,
        attributes=attributes,
        failed="error.type" in attributes,
    )

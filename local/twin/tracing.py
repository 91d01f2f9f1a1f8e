"""The twin's own spans: the wait of a record in Kafka, each delivery attempt, and the wait of a request for a replica.

They are built without an SDK, which would slow down each delivery and use memory that functions need.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from events.traceparent import TraceContext
from local.telemetry.span import Emit, Span, SpanKind
from local.twin.http_client import HttpResponse
from local.twin.sources.delivery import Send
from local.twin.sources.records import DeliveryRequest, Record

Attributes = dict[str, str | int]

_MILLI = 1_000_000


class _Operation(NamedTuple):
    name: str
    kind: SpanKind
    service: str


_POST = _Operation("POST", SpanKind.CLIENT, "dispatcher")


class RecordTrace:
    """The spans of one record on its way to its sink and its dead-letter sink, if its trace is sampled."""

    def __init__(self, record: Record, group: str, emit: Emit) -> None:
        self._record = record
        self._group = group
        self._emit = emit
        self._received: TraceContext | None = None

    def trace_sends(self, send: Send) -> Send:
        """Return `send` with a span for each call. The span is the parent of the receiver's spans."""
        parent = self._record.trace_context
        if parent is None or not parent.is_sampled:
            return send
        resends = itertools.count()

        async def traced(url: str, request: DeliveryRequest) -> HttpResponse:
            received = self._received = self._received or self._emit_wait(parent)
            own = received.create_child()
            with _trace(_POST, own, received, self._emit) as attributes:
                attributes.update(_get_request_attributes(url, next(resends)))
                answer = await send(url, request.with_span(own))
                attributes.update(_get_response_attributes(answer.status))
                return answer

        return traced

    def _emit_wait(self, parent: TraceContext) -> TraceContext:
        """Emit the span of the record's wait in Kafka, which ends now, and return its context."""
        record, own, now = self._record, parent.create_child(), time.time_ns()
        attributes: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.type": "receive",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            "messaging.consumer.group.name": self._group,
        }
        since = record.timestamp * _MILLI if record.timestamp > 0 else now
        operation = _Operation(f"receive {record.topic}", SpanKind.CLIENT, "dispatcher")
        self._emit(_build_span(operation, own, parent, (min(since, now), now), attributes))
        return own


@contextmanager
def trace_wait(request: DeliveryRequest, service: str, emit: Emit) -> Iterator[None]:
    """Emit a span for the time in which a request waits for a replica of `service`."""
    if (parent := request.trace_context) is None or not parent.is_sampled:
        yield
        return
    operation = _Operation(f"wait {service}", SpanKind.INTERNAL, "activator")
    with _trace(operation, parent.create_child(), parent, emit):
        yield


@contextmanager
def trace_sink_write(
    request: DeliveryRequest, own: TraceContext | None, topic: str, emit: Emit
) -> Iterator[Attributes]:
    """Emit a span for the write of a sink to a topic, and yield its attributes. `own` is the context of the record."""
    if own is None or not own.is_sampled or (parent := request.trace_context) is None:
        yield {}
        return
    operation = _Operation(f"send {topic}", SpanKind.PRODUCER, "kafka-sink")
    with _trace(operation, own, parent, emit) as attributes:
        attributes.update({"messaging.system": "kafka", "messaging.operation.type": "send"})
        attributes["messaging.destination.name"] = topic
        yield attributes


def _get_request_attributes(url: str, resent: int) -> Attributes:
    resend: Attributes = {"http.request.resend_count": resent} if resent else {}
    return {"http.request.method": "POST", "server.address": urlsplit(url).hostname or "", **resend}


def _get_response_attributes(status: int) -> Attributes:
    error: Attributes = {} if status // 100 == 2 else {"error.type": str(status)}  # noqa: PLR2004  # 2xx
    return {"http.response.status_code": status, **error}


@contextmanager
def _trace(operation: _Operation, own: TraceContext, parent: TraceContext, emit: Emit) -> Iterator[Attributes]:
    """Emit a span for the duration of the context. It has the attributes that are added to the yielded dict."""
    attributes: Attributes = {}
    started = time.time_ns()
    try:
        yield attributes
    except asyncio.CancelledError:
        # A delivery timeout cancels the task, and so does a source that loses its partition.
        attributes["error.type"] = "timeout"
        raise
    except Exception as error:
        attributes["error.type"] = type(error).__name__
        raise
    finally:
        emit(_build_span(operation, own, parent, (started, time.time_ns()), attributes))


def _build_span(
    operation: _Operation, own: TraceContext, parent: TraceContext, interval: tuple[int, int], attributes: Attributes
) -> Span:
    return Span(
        trace_id=own.trace_id,
        span_id=own.span_id,
        parent_id=parent.span_id,
        name=operation.name,
        kind=operation.kind,
        start=interval[0],
        end=interval[1],
        service=operation.service,
        attributes=attributes,
        failed="error.type" in attributes,
    )

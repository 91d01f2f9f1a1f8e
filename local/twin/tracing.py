"""The twin's own spans: the wait of a record in Kafka, each delivery attempt, and the wait of a request for a replica.

The spans are built without OpenTelemetry's SDK, which would slow down each delivery and use memory that functions need.
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

_NS_PER_MS = 1_000_000


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
        self._wait_context: TraceContext | None = None

    def trace_sends(self, send: Send) -> Send:
        """Return a function that calls `send` within a span. Spans of the receiver become children of this span.

        Return `send` unchanged if the trace of the record is not sampled.
        """
        parent = self._record.trace_context
        if parent is None or not parent.is_sampled:
            return send
        resend_counts = itertools.count()

        async def send_with_span(url: str, request: DeliveryRequest) -> HttpResponse:
            wait_context = self._wait_context = self._wait_context or self._emit_wait(parent)
            send_context = wait_context.create_child()
            with _trace(_POST, send_context, wait_context, self._emit) as attributes:
                attributes.update(_get_request_attributes(url, next(resend_counts)))
                response = await send(url, request.with_span(send_context))
                attributes.update(_get_response_attributes(response.status))
                return response

        return send_with_span

    def _emit_wait(self, parent: TraceContext) -> TraceContext:
        """Emit the span of the record's wait in Kafka, which ends now, and return its context."""
        record, context, now = self._record, parent.create_child(), time.time_ns()
        attributes: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.type": "receive",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            "messaging.consumer.group.name": self._group,
        }
        start = record.timestamp * _NS_PER_MS if record.timestamp > 0 else now
        operation = _Operation(f"receive {record.topic}", SpanKind.CLIENT, "dispatcher")
        self._emit(_build_span(operation, context, parent, (min(start, now), now), attributes))
        return context


@contextmanager
def trace_wait(request: DeliveryRequest, service: str, emit: Emit) -> Iterator[None]:
    """Emit a span for the with block, in which `request` waits for a replica of `service`.

    Emit no span if the request has no sampled trace.
    """
    if (parent := request.trace_context) is None or not parent.is_sampled:
        yield
        return
    operation = _Operation(f"wait {service}", SpanKind.INTERNAL, "activator")
    with _trace(operation, parent.create_child(), parent, emit):
        yield


@contextmanager
def trace_sink_write(
    request: DeliveryRequest, record_context: TraceContext | None, topic: str, emit: Emit
) -> Iterator[Attributes]:
    """Emit a span for the with block, in which a sink writes a record to `topic`, and yield the attributes of the span.

    `record_context` is the trace context in the headers of the record. The span has the id in this context, so that
    spans of consumers become its children. Emit no span if the context is None or not sampled.
    """
    if record_context is None or not record_context.is_sampled or (parent := request.trace_context) is None:
        yield {}
        return
    operation = _Operation(f"send {topic}", SpanKind.PRODUCER, "kafka-sink")
    with _trace(operation, record_context, parent, emit) as attributes:
        attributes.update({"messaging.system": "kafka", "messaging.operation.type": "send"})
        attributes["messaging.destination.name"] = topic
        yield attributes


def _get_request_attributes(url: str, resend_count: int) -> Attributes:
    resend: Attributes = {"http.request.resend_count": resend_count} if resend_count else {}
    return {"http.request.method": "POST", "server.address": urlsplit(url).hostname or "", **resend}


def _get_response_attributes(status: int) -> Attributes:
    error: Attributes = {} if status // 100 == 2 else {"error.type": str(status)}  # noqa: PLR2004  # 2xx
    return {"http.response.status_code": status, **error}


@contextmanager
def _trace(operation: _Operation, context: TraceContext, parent: TraceContext, emit: Emit) -> Iterator[Attributes]:
    """Emit a span for the duration of the with block, with the ids in `context` and as a child of `parent`.

    Yield a dict, to which the caller adds the attributes of the span.
    """
    attributes: Attributes = {}
    started = time.time_ns()
    try:
        yield attributes
    except asyncio.CancelledError:
        # The cause is a delivery timeout, or a source that loses its partition. Record both as a timeout.
        attributes["error.type"] = "timeout"
        raise
    except Exception as error:
        attributes["error.type"] = type(error).__name__
        raise
    finally:
        emit(_build_span(operation, context, parent, (started, time.time_ns()), attributes))


def _build_span(
    operation: _Operation,
    context: TraceContext,
    parent: TraceContext,
    interval: tuple[int, int],
    attributes: Attributes,
) -> Span:
    """Return a span with the ids in `context`; `interval` has its start and end in nanoseconds since 1970."""
    return Span(
        trace_id=context.trace_id,
        span_id=context.span_id,
        parent_id=parent.span_id,
        name=operation.name,
        kind=operation.kind,
        start=interval[0],
        end=interval[1],
        service=operation.service,
        attributes=attributes,
        has_failed="error.type" in attributes,
    )

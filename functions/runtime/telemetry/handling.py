"""Spans of the handling of one event: its wait in the topic, the start of the replica, and the work."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Tracer

from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.spans import mark_errors
from functions.runtime.trace import Trace, get_document_span, parse_span_context

_NS = 10**9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Values of OpenTelemetry's attribute faas.trigger.
PUBSUB, TIMER = "pubsub", "timer"


@dataclass(frozen=True, kw_only=True)
class EventArrival:
    """An event from `topic` that has arrived. Its spans have its `attributes`, which contain no private text.

    `arrived_at_ns` is in nanoseconds since 1970. `event_time` is the CloudEvents attribute `time`.
    """

    topic: str
    trigger: str
    arrived_at_ns: int
    event_time: datetime | None
    trace: Trace
    attributes: dict[str, str | int]

    @property
    def sent_at_ns(self) -> int:
        """Time of sending in nanoseconds since 1970: `event_time`, but not after the arrival.

        Without an `event_time`, it is the time of arrival.
        """
        return min(to_nanoseconds(self.event_time), self.arrived_at_ns) if self.event_time else self.arrived_at_ns

    @property
    def wait_seconds(self) -> float:
        """Time from the sending of the event to its arrival."""
        return (self.arrived_at_ns - self.sent_at_ns) / _NS


class HandlingSpans:
    """The spans of one event. `is_cold_start` means that the event waited for the start of the replica."""

    def __init__(self, tracer: Tracer, arrival: EventArrival, replica: Replica) -> None:
        self._tracer, self._arrival, self._replica = tracer, arrival, replica
        self._spans: dict[UUID | None, Span] = {}
        self._exit_stack = ExitStack()
        self.is_cold_start = replica.take_first_request() and replica.created_at_ns >= arrival.sent_at_ns

    @contextmanager
    def open(self) -> Iterator[None]:
        """Trace the work inside the context if the request has a trace. End all spans when the context ends."""
        with self._exit_stack:
            if parent := self._arrival.trace.parent:
                with _make_current(self._start_spans(None, parent)):
                    yield
            else:
                yield

    @contextmanager
    def trace_document(self, document: UUID, uploaded_at: datetime) -> Iterator[None]:
        """Trace the work on one document inside the context.

        An object store's notification has no document id and may announce several objects. If the request has no
        trace, the work on each document belongs to the document's own trace.
        """
        span = self._spans.get(None) or self._start_spans(document, get_document_span(document, None), uploaded_at)
        span.set_attribute("pagebus.document", str(document))
        self._spans[document] = span
        with _make_current(span):
            yield

    @property
    def trace(self) -> Trace:
        """The trace for new events: the trace of the request with the spans of the work on it."""
        causes = {document: span.get_span_context() for document, span in self._spans.items()}
        return replace(self._arrival.trace, causes=causes)

    def record_document_state(self, document: UUID, state: str) -> None:
        """Set the terminal state of a document as an attribute of the span of the work on this document."""
        if span := self._spans.get(document) or self._spans.get(None):
            span.set_attribute("pagebus.document.state", state)

    def _start_spans(self, document: UUID | None, parent: SpanContext, uploaded_at: datetime | None = None) -> Span:
        """Return the started span of the work on a document, or on the whole request if `document` is None.

        Also record what precedes the work: the wait, unless the request has a hop, and a cold start.
        """
        arrival = self._arrival
        parent_span: Span = NonRecordingSpan(parent)
        if parse_span_context(arrival.trace.hop) is None:
            parent_span = self._record_wait(parent_span, uploaded_at)
        context = trace.set_span_in_context(parent_span)
        if self.is_cold_start:
            self._record_replica_start(context)
        span = self._tracer.start_span(
            f"process {arrival.topic}",
            context,
            SpanKind.CONSUMER,
            {**arrival.attributes, "faas.coldstart": self.is_cold_start},
            _create_links(arrival.trace, parent),
            start_time=arrival.arrived_at_ns,
        )
        self._exit_stack.callback(span.end)
        self._exit_stack.enter_context(mark_errors(span))
        self._spans[document] = span
        return span

    def _record_replica_start(self, context: Context) -> None:
        """Record the start of the replica and, within it, the loading of its models."""
        replica = self._replica
        start = self._tracer.start_span(f"start {replica.function}", context, start_time=replica.created_at_ns)
        if replica.loading_interval:
            started_at_ns, ended_at_ns = replica.loading_interval
            parent_context = trace.set_span_in_context(start)
            self._tracer.start_span(f"load {replica.function}", parent_context, start_time=started_at_ns).end(
                ended_at_ns
            )
        start.end(replica.ready_at_ns)

    def _record_wait(self, parent: Span, uploaded_at: datetime | None) -> Span:
        """Record spans for the time before the event arrived, because its source records none. Return the last one.

        `notify` lasts from the upload, if its time is known, to the sending of the event. The last span, `receive`,
        lasts from the sending to the arrival.
        """
        arrival, context = self._arrival, trace.set_span_in_context(parent)
        if uploaded_at and (uploaded_at_ns := to_nanoseconds(uploaded_at)) < arrival.sent_at_ns:
            notify = self._tracer.start_span("notify", context, start_time=uploaded_at_ns)
            notify.end(arrival.sent_at_ns)
            context = trace.set_span_in_context(notify)
        name = f"receive {arrival.topic}"
        receive = self._tracer.start_span(name, context, SpanKind.CLIENT, start_time=arrival.sent_at_ns)
        receive.end(arrival.arrived_at_ns)
        return receive


def to_nanoseconds(moment: datetime) -> int:
    """Return nanoseconds since 1970, limited to the range of OTLP (0 to 2**63 - 1). A naive time is UTC."""
    elapsed = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return min(max(elapsed // timedelta(microseconds=1) * 1000, 0), 2**63 - 1)


def _make_current(span: Span) -> AbstractContextManager[Span]:
    return trace.use_span(span, end_on_exit=False, record_exception=False, set_status_on_exception=False)


def _create_links(request_trace: Trace, parent: SpanContext) -> list[Link]:
    """Return a link to the hop if the hop and the parent belong to different traces, else an empty list."""
    hop = parse_span_context(request_trace.hop)
    return [Link(hop)] if hop and hop.trace_id != parent.trace_id else []

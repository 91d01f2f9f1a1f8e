"""The handling of one event as spans: what it waited for, that the replica had to start, and the work."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Tracer

from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.spans import ended_with_errors
from functions.runtime.trace import Trace, context_of, document_span

_NS = 10**9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: OpenTelemetry's words for what calls a function.
PUBSUB, TIMER = "pubsub", "timer"


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """An event that has come from `topic`, at `at` nanoseconds since 1970. `attributes` are ids and numbers."""

    topic: str
    trigger: str
    at: int
    sent: datetime | None
    trace: Trace
    attributes: dict[str, str | int]

    @property
    def sent_at(self) -> int:
        """When it was sent, as far as that can be true."""
        return min(nanoseconds(self.sent), self.at) if self.sent else self.at

    @property
    def waited(self) -> float:
        """Seconds."""
        return (self.at - self.sent_at) / _NS


class Handling:
    """`cold`: the replica was started after the event was sent, so the event waited for it."""

    def __init__(self, tracer: Tracer, arrival: Arrival, replica: Replica) -> None:
        self._tracer, self._arrival, self._replica = tracer, arrival, replica
        self._spans: dict[UUID | None, Span] = {}
        self._all = ExitStack()
        self.cold = replica.take_first() and replica.created >= arrival.sent_at

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The work, with its span as the current one as far as it is known whose it is. Spans end with it."""
        with self._all:
            if parent := self._arrival.trace.parent:
                with _current(self._begin(None, parent)):
                    yield
            else:
                yield

    @contextmanager
    def of(self, document: UUID, uploaded_at: datetime) -> Iterator[None]:
        """Inside, this document is worked on: an announcement names none, and may be of several without a trace."""
        span = self._spans.get(None) or self._begin(document, document_span(document, None), uploaded_at)
        span.set_attribute("pagebus.document", str(document))
        self._spans[document] = span
        with _current(span):
            yield

    @property
    def trace(self) -> Trace:
        """For what is said: the trace that the event came with, and the work on it."""
        causes = {document: span.get_span_context() for document, span in self._spans.items()}
        return replace(self._arrival.trace, causes=causes)

    def ended(self, document: UUID, state: str) -> None:
        """Say on the span that with it the document has come to its end."""
        if span := self._spans.get(document) or self._spans.get(None):
            span.set_attribute("pagebus.document.state", state)

    def _begin(self, document: UUID | None, parent: SpanContext, uploaded_at: datetime | None = None) -> Span:
        arrival = self._arrival
        above: Span = NonRecordingSpan(parent)
        if context_of(arrival.trace.hop) is None:
            above = self._waited(above, uploaded_at)
        context = trace.set_span_in_context(above)
        if self.cold:
            self._started(context)
        span = self._tracer.start_span(
            f"process {arrival.topic}",
            context,
            SpanKind.CONSUMER,
            {**arrival.attributes, "faas.coldstart": self.cold},
            _links(arrival.trace, parent),
            start_time=arrival.at,
        )
        self._all.callback(span.end)
        self._all.enter_context(ended_with_errors(span))
        self._spans[document] = span
        return span

    def _started(self, context: Context) -> None:
        """The replica's own start, and within it the loading of what it needs."""
        replica = self._replica
        started = self._tracer.start_span(f"start {replica.function}", context, start_time=replica.created)
        if replica.loading:
            began, ended = replica.loading
            within = trace.set_span_in_context(started)
            self._tracer.start_span(f"load {replica.function}", within, start_time=began).end(ended)
        started.end(replica.ready)

    def _waited(self, above: Span, uploaded_at: datetime | None) -> Span:
        """Nobody before us has told of the way here, so the times that the event brings are all there is."""
        arrival, context = self._arrival, trace.set_span_in_context(above)
        if uploaded_at and (began := nanoseconds(uploaded_at)) < arrival.sent_at:
            told = self._tracer.start_span("notify", context, start_time=began)
            told.end(arrival.sent_at)
            context = trace.set_span_in_context(told)
        named = f"receive {arrival.topic}"
        waited = self._tracer.start_span(named, context, SpanKind.CLIENT, start_time=arrival.sent_at)
        waited.end(arrival.at)
        return waited


def nanoseconds(moment: datetime) -> int:
    """Since 1970; what lies before or too far behind that, at the edge of what OTLP can say."""
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return min(max(since // timedelta(microseconds=1) * 1000, 0), 2**63 - 1)


def _current(span: Span) -> AbstractContextManager[Span]:
    return trace.use_span(span, end_on_exit=False, record_exception=False, set_status_on_exception=False)


def _links(came_with: Trace, parent: SpanContext) -> list[Link]:
    """What also had a part in it: a hop of another trace."""
    hop = context_of(came_with.hop)
    return [Link(hop)] if hop and hop.trace_id != parent.trace_id else []

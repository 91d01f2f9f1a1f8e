"""W3C trace context of a request: `ce_traceparent` is the trace of the document, `traceparent` the current hop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from opentelemetry.trace import SpanContext, TraceFlags

from events import traceparent
from events.event import DocumentEvent, Event
from events.traceparent import TraceContext


@dataclass(frozen=True)
class Trace:
    """The trace headers of a request: `origin` from `ce_traceparent`, `hop` from `traceparent`.

    `causes` maps a document to the span of the work on this document, and None to the span of the whole request.
    """

    origin: str | None = None
    hop: str | None = None
    causes: Mapping[UUID | None, SpanContext] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def from_headers(cls, *, origin: str | None, hop: str | None) -> "Trace":
        """Return the trace of a request. Ignore invalid headers. Without an origin, the hop is the origin."""
        origin_context, hop_context = traceparent.parse_traceparent(origin), traceparent.parse_traceparent(hop)
        return cls(_format_context(origin_context or hop_context), _format_context(hop_context))

    def get_origin(self, event: Event) -> str | None:
        """Return the `ce_traceparent` of a new event: this request's origin, else the document's own trace, or None."""
        if self.origin or not isinstance(event, DocumentEvent):
            return self.origin
        return str(traceparent.derive_document_context(event.document))

    @property
    def parent(self) -> SpanContext | None:
        """The span that caused this request: the origin if the hop is missing or in another trace, else the hop."""
        origin, hop = parse_span_context(self.origin), parse_span_context(self.hop)
        return origin if origin and not (hop and hop.trace_id == origin.trace_id) else hop

    def find_cause(self, event: Event) -> SpanContext | None:
        """Return the span that is the cause of a new event, or None if no span is known.

        It is the span of the work on the event's document, else of the work on the request, else the request's parent.
        """
        document = event.document if isinstance(event, DocumentEvent) else None
        cause = self.causes.get(document) or self.causes.get(None)
        return cause or self.parent or parse_span_context(self.get_origin(event))


NO_TRACE = Trace()


def get_document_span(document: UUID, origin: str | None) -> SpanContext:
    """Return the span of the whole document, in the trace of `origin` or else in the document's own trace.

    Its span id is derived from the document id, so all functions use the same span.
    """
    document_span = _to_span_context(traceparent.derive_document_context(document))
    origin_span = parse_span_context(origin)
    if origin_span is None:
        return document_span
    flags = origin_span.trace_flags
    return SpanContext(origin_span.trace_id, document_span.span_id, is_remote=True, trace_flags=flags)


def parse_span_context(header: str | None) -> SpanContext | None:
    """Return the span in a `traceparent` header, or None if the header is missing or invalid."""
    context = traceparent.parse_traceparent(header)
    return _to_span_context(context) if context else None


def format_traceparent(span: SpanContext) -> str:
    """Return the `traceparent` header of a span."""
    return str(TraceContext(f"{span.trace_id:032x}", f"{span.span_id:016x}", f"{span.trace_flags:02x}"))


def _to_span_context(context: TraceContext) -> SpanContext:
    flags = TraceFlags(int(context.flags, 16))
    return SpanContext(int(context.trace_id, 16), int(context.span_id, 16), is_remote=True, trace_flags=flags)


def _format_context(context: TraceContext | None) -> str | None:
    return str(context) if context else None

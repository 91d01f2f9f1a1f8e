"""W3C trace context: `ce_traceparent` carries the starting trace over all hops, `traceparent` the hop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from opentelemetry.trace import SpanContext, TraceFlags

from events import traceparent
from events.event import Event, OfDocument
from events.traceparent import Context


@dataclass(frozen=True)
class Trace:
    """The trace that a request came with; `causes` are the spans of the work on it, by document or for all."""

    origin: str | None = None
    hop: str | None = None
    causes: Mapping[UUID | None, SpanContext] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def read(cls, *, origin: str | None, hop: str | None) -> "Trace":
        """Take what is well-formed; the rest is as if it had not come. What brings a hop only starts with it."""
        began, came = traceparent.read(origin), traceparent.read(hop)
        return cls(_told(began or came), _told(came))

    def of(self, event: Event) -> str | None:
        """The starting trace of what is said now: the one that the upload brought, else the document's own."""
        if self.origin or not isinstance(event, OfDocument):
            return self.origin
        return str(traceparent.of_document(event.document))

    @property
    def parent(self) -> SpanContext | None:
        """What caused this request: the hop, unless it belongs to another trace than the document's."""
        origin, hop = context_of(self.origin), context_of(self.hop)
        return origin if origin and not (hop and hop.trace_id == origin.trace_id) else hop

    def cause(self, event: Event) -> SpanContext | None:
        """The span that what is said now follows from."""
        document = event.document if isinstance(event, OfDocument) else None
        return self.causes.get(document) or self.causes.get(None) or self.parent or context_of(self.of(event))


UNTRACED = Trace()


def document_span(document: UUID, origin: str | None) -> SpanContext:
    """The span that stands for the whole document, in its own trace or in the one that its upload brought."""
    own = _context(traceparent.of_document(document))
    brought = context_of(origin)
    if brought is None:
        return own
    return SpanContext(brought.trace_id, own.span_id, is_remote=True, trace_flags=brought.trace_flags)


def context_of(header: str | None) -> SpanContext | None:
    """The span that a header names; None for none, and for one that is malformed."""
    found = traceparent.read(header)
    return _context(found) if found else None


def traceparent_of(span: SpanContext) -> str:
    """The header that names a span."""
    return str(Context(f"{span.trace_id:032x}", f"{span.span_id:016x}", f"{span.trace_flags:02x}"))


def _context(named: Context) -> SpanContext:
    flags = TraceFlags(int(named.flags, 16))
    return SpanContext(int(named.trace_id, 16), int(named.span_id, 16), is_remote=True, trace_flags=flags)


def _told(named: Context | None) -> str | None:
    return str(named) if named else None

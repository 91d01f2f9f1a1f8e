"""W3C trace context and its text form `traceparent`, a header of records and requests and an attribute of events."""

import re
import secrets
from dataclasses import dataclass, replace
from uuid import UUID

_TRACEPARENT = re.compile(r"00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED = 1


@dataclass(frozen=True)
class TraceContext:
    """A reference to a span: trace id (32 hex digits), span id (16) and flags (2)."""

    trace_id: str
    span_id: str
    flags: str = "01"

    @property
    def is_sampled(self) -> bool:
        """True if spans of this trace are recorded."""
        return bool(int(self.flags, 16) & _SAMPLED)

    def create_child(self) -> "TraceContext":
        """Return a reference to a new span with a random id in the same trace."""
        return replace(self, span_id=secrets.token_hex(8))

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def parse_traceparent(traceparent: str | None) -> TraceContext | None:
    """Return the span that a `traceparent` refers to, or None if the text is missing or invalid."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return TraceContext(match[1], match[2], match[3]) if match else None


def derive_document_context(document: UUID) -> TraceContext:
    """Return the root span of a document. Every function derives the same ids from the document's id."""
    return TraceContext(document.hex, document.hex[16:])

"""W3C trace context as text: the `traceparent` of a record, a request or an event."""

import re
import secrets
from dataclasses import dataclass, replace
from uuid import UUID

_TRACEPARENT = re.compile(r"00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED = 1


@dataclass(frozen=True)
class Context:
    """A span as others refer to it."""

    trace_id: str
    span_id: str
    flags: str = "01"

    @property
    def sampled(self) -> bool:
        """Whether its spans are to be kept."""
        return bool(int(self.flags, 16) & _SAMPLED)

    def child(self) -> "Context":
        """A new span in the same trace."""
        return replace(self, span_id=secrets.token_hex(8))

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def read(traceparent: str | None) -> Context | None:
    """None where it is not valid."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return Context(found[1], found[2], found[3]) if found else None


def of_document(document: UUID) -> Context:
    """The trace that any function, and any repetition, finds without being told: it is called like the document."""
    return Context(document.hex, document.hex[16:])

"""W3C trace context: `ce_traceparent` carries the starting trace over all hops, `traceparent` the hop."""

import re
from dataclasses import dataclass
from uuid import UUID

from events.event import Event, OfDocument

_VALID = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


@dataclass(frozen=True)
class Trace:
    """The trace that a request came with."""

    origin: str | None = None
    hop: str | None = None

    @classmethod
    def read(cls, *, origin: str | None, hop: str | None) -> "Trace":
        """Take what is well-formed; the rest is as if it had not come."""
        return cls(_valid(origin), _valid(hop))

    def of(self, event: Event) -> str | None:
        """The starting trace of what is said now: the one that the upload brought, else the document's own."""
        if self.origin or not isinstance(event, OfDocument):
            return self.origin
        return document_traceparent(event.document)


UNTRACED = Trace()


def document_traceparent(document: UUID) -> str:
    """A trace that any function, and any repetition, finds without being told: its id is the document's."""
    return f"00-{document.hex}-{document.hex[16:]}-01"


def _valid(traceparent: str | None) -> str | None:
    return traceparent if traceparent and _VALID.fullmatch(traceparent) else None

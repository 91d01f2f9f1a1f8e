"""A span, as far as anybody here needs to know one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

_NANO = 1_000_000_000


class SpanKind(IntEnum):
    """OTLP's numbers."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`start` and `end` in nanoseconds since 1970; ids in lower-case hex; no parent is an empty text."""

    trace_id: str
    span_id: str
    parent: str = ""
    name: str
    kind: int = SpanKind.INTERNAL
    start: int
    end: int
    service: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    failed: bool = False

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / _NANO

    def told(self) -> dict[str, Any]:
        """For people's programs: OTLP/JSON's names, with attributes as a plain object and who sent it beside them."""
        return {
            "traceId": self.trace_id,
            "spanId": self.span_id,
            "parentSpanId": self.parent,
            "name": self.name,
            "kind": int(self.kind),
            "startTimeUnixNano": str(self.start),
            "endTimeUnixNano": str(self.end),
            "attributes": dict(self.attributes),
            "service": self.service,
            "failed": self.failed,
        }


#: Takes a span that has ended.
Emit = Callable[[Span], None]

"""The span as the twin and `pagebus trace` use it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

_NANO = 1_000_000_000


class SpanKind(IntEnum):
    """The numbers that OTLP uses for the kinds of spans."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A span that has ended.

    `start` and `end` are nanoseconds since 1970. Ids are in lower-case hex; `parent_id` is empty if there is no parent.
    """

    trace_id: str
    span_id: str
    parent_id: str = ""
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

    def as_dict(self) -> dict[str, Any]:
        """Return the span under the names of OTLP/JSON, with plain attributes, the service and whether it failed."""
        return {
            "traceId": self.trace_id,
            "spanId": self.span_id,
            "parentSpanId": self.parent_id,
            "name": self.name,
            "kind": int(self.kind),
            "startTimeUnixNano": str(self.start),
            "endTimeUnixNano": str(self.end),
            "attributes": dict(self.attributes),
            "service": self.service,
            "failed": self.failed,
        }


#: A function that receives each span when it has ended.
Emit = Callable[[Span], None]

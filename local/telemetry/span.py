"""A span of a trace, as the twin and `pagebus trace` use it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

_NS_PER_SECOND = 1_000_000_000


class SpanKind(IntEnum):
    """The kinds of spans with their numbers in OTLP."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A span that has ended.

    `start` and `end` are in nanoseconds since 1970. Ids are in lower-case hexadecimal; `parent_id` is empty without a
    parent. `service` is the name of the function or program that wrote the span.
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
    has_failed: bool = False

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / _NS_PER_SECOND

    def as_dict(self) -> dict[str, Any]:
        """Return the span as JSON-serializable values by OTLP's field names.

        Unlike OTLP, `attributes` is a dict, and the fields `service` and `failed` are added.
        """
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
            "failed": self.has_failed,
        }


#: A function that is called with each span after the span has ended.
Emit = Callable[[Span], None]

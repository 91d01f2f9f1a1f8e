"""A Kafka record as the HTTP request that a KafkaSource makes of it; golden in tests/unit/twin/test_records.py."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, datetime

from events import traceparent as context
from events.traceparent import Context
from local.twin.sources import keys
from local.twin.sources.cloudevent import (
    STRUCTURED,
    Event,
    NoCloudEventError,
    from_attributes,
    from_structured,
    reparsed,
)

_USER_AGENT = "Vert.x-WebClient/4.5.21"
# After so many years the calendar repeats itself.
_CYCLE_YEARS, _CYCLE_SECONDS = 400, 146_097 * 86_400

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Record:
    """A consumed record; `timestamp` in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @property
    def context(self) -> Context | None:
        """The trace that it came with."""
        return context.read(_text(dict(self.headers).get("traceparent")))


@dataclass(frozen=True)
class Origin:
    """The KafkaSource, as far as its requests show it."""

    name: str
    namespace: str
    key_type: str = "string"
    overrides: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    headers: Headers
    body: bytes | None

    def adding(self, headers: Iterable[tuple[str, str]]) -> "Request":
        return Request((*self.headers, *headers), self.body)

    def within(self, span: Context) -> "Request":
        """The same for a server whose work is to be part of `span`."""
        told = ((name, str(span) if name == "traceparent" else value) for name, value in self.headers)
        return Request(tuple(told), self.body)

    @property
    def context(self) -> Context | None:
        """The span that it is part of."""
        return context.read({name.lower(): value for name, value in self.headers}.get("traceparent"))


def request(record: Record, origin: Origin) -> Request:
    """The POST in binary mode that carries `record`, which is not `lost`."""
    event = _own_event(record) or _wrapped(record, origin)
    added = {"knativekafkapartition": str(record.partition), "knativekafkaoffset": str(record.offset)}
    event = Event({**event.attributes, **added, **origin.overrides}, event.data)
    fixed = (("user-agent", _USER_AGENT), ("Prefer", "reply"), ("Kn-Namespace", origin.namespace))
    return Request((*fixed, *event.headers(), *_trace(record)), event.data)


def lost(batch: Iterable[Record]) -> list[Record]:
    """What Knative loses of one poll: all raw records, where one of them has a header without value."""
    polled = list(batch)
    if not any(_is_poisoned(record) for record in polled):
        return []
    return [record for record in polled if _own_event(record) is None]


def _is_poisoned(record: Record) -> bool:
    return any(value is None for _, value in record.headers) and _own_event(record) is None


def _own_event(record: Record) -> Event | None:
    """The CloudEvent that it is, or None for a raw record."""
    headers = {name: _text(value) for name, value in record.headers if value is not None}
    try:
        if headers.get("content-type", "").startswith(STRUCTURED):
            return from_structured(record.value)
        attributes = {name.removeprefix("ce_"): text for name, text in headers.items() if name.startswith("ce_")}
        if "content-type" in headers:
            attributes["datacontenttype"] = headers["content-type"]
        return from_attributes(attributes, record.value or None)
    except NoCloudEventError:
        return None


def _wrapped(record: Record, origin: Origin) -> Event:
    attributes = {
        "specversion": "1.0",
        "id": f"partition:{record.partition}/offset:{record.offset}",
        "source": f"/apis/v1/namespaces/{origin.namespace}/kafkasources/{origin.name}#{record.topic}",
        "type": "dev.knative.kafka.event",
        "subject": f"partition:{record.partition}#{record.offset}",
        "time": _time(record.timestamp),
    }
    for name, value in record.headers:
        if name.lower() == "content-type":
            attributes["datacontenttype"] = _text(value).lower()
        else:
            attributes["kafkaheader" + re.sub("[^a-z0-9]", "", name.lower())] = _text(value)
    if record.key:
        attributes["key"] = attributes["partitionkey"] = keys.text(record.key, origin.key_type)
    return Event(attributes, record.value)


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _time(milliseconds: int) -> str:
    """As Java writes it, which knows years that Python does not: some producers give microseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    cycles, within = divmod(seconds, _CYCLE_SECONDS)
    found = datetime.fromtimestamp(within, UTC)
    year = found.year + _CYCLE_YEARS * cycles
    return f"{'+' * (year > MAXYEAR)}{year:04}" + reparsed(f"{found:%Y-%m-%dT%H:%M:%S}.{rest:03}Z")[4:]


def _trace(record: Record) -> Headers:
    """A new span of the same trace, as the dispatcher makes one for every request."""
    if (came := record.context) is None:
        return ()
    headers = dict(record.headers)
    copied = ((name, _text(headers[name])) for name in ("tracestate", "baggage") if name in headers)
    return (("traceparent", str(came.child())), *copied)

"""A Kafka record as the HTTP request that a KafkaSource makes of it; golden in tests/unit/twin/test_records.py."""

import base64
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.twin.cloudevent import STRUCTURED, Event, NoCloudEventError, from_attributes, from_structured, reparsed

_TRACEPARENT = re.compile(r"(00-(?!0{32})[0-9a-f]{32}-)(?!0{16})[0-9a-f]{16}(-[0-9a-f]{2})")
_INT_KEY_BYTES = 4

Headers = tuple[tuple[str, str], ...]


class PoisonedRecordError(ValueError):
    """A raw record with a header without value: Knative loses it, and every raw record of the same poll."""


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


def request(record: Record, origin: Origin) -> Request:
    """The POST in binary mode that carries `record`; raises PoisonedRecordError."""
    event = _event(record, origin)
    added = {"knativekafkapartition": str(record.partition), "knativekafkaoffset": str(record.offset)}
    event = Event({**event.attributes, **added, **origin.overrides}, event.data)
    fixed = (("Prefer", "reply"), ("Kn-Namespace", origin.namespace))
    return Request((*fixed, *event.headers(), *_trace(record)), event.data)


def _event(record: Record, origin: Origin) -> Event:
    headers = {name: _text(value) for name, value in record.headers if value is not None}
    try:
        if headers.get("content-type", "").startswith(STRUCTURED):
            return from_structured(record.value)
        attributes = {name.removeprefix("ce_"): text for name, text in headers.items() if name.startswith("ce_")}
        if "content-type" in headers:
            attributes["datacontenttype"] = headers["content-type"]
        return from_attributes(attributes, record.value)
    except NoCloudEventError:
        return _wrapped(record, origin)


def _wrapped(record: Record, origin: Origin) -> Event:
    if any(value is None for _, value in record.headers):
        raise PoisonedRecordError
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
        attributes["key"] = attributes["partitionkey"] = _key(record.key, origin.key_type)
    return Event(attributes, record.value)


def _key(key: bytes, key_type: str) -> str:
    if key_type == "int" and len(key) == _INT_KEY_BYTES:
        return str(int.from_bytes(key, signed=True))
    return base64.b64encode(key).decode() if key_type == "byte-array" else _text(key)


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return reparsed(f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z")


def _trace(record: Record) -> Headers:
    headers = {name: _text(value) for name, value in record.headers}
    trace = next_hop(headers.get("traceparent", ""), secrets.token_hex(8))
    if trace is None:
        return ()
    copied = ((name, headers[name]) for name in ("tracestate", "baggage") if name in headers)
    return (("traceparent", trace), *copied)


def next_hop(traceparent: str, span: str) -> str | None:
    """The same trace with `span` as the parent, or None where `traceparent` is not valid."""
    found = _TRACEPARENT.fullmatch(traceparent)
    return found and f"{found[1]}{span}{found[2]}"

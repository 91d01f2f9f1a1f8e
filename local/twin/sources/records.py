"""Kafka records as HTTP requests of a KafkaSource, with the same bytes as those recorded from Knative."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, datetime

from events import traceparent as context
from events.traceparent import TraceContext
from local.twin.sources import keys
from local.twin.sources.cloudevent import (
    STRUCTURED_CONTENT_TYPE,
    CloudEvent,
    InvalidCloudEventError,
    from_attributes,
    from_structured,
    normalize_time,
)

_USER_AGENT = "Vert.x-WebClient/4.5.21"
# The Gregorian calendar repeats after this time. So dates after the year 9999, which datetime lacks, can be computed
# from earlier dates.
_CYCLE_YEARS, _CYCLE_SECONDS = 400, 146_097 * 86_400

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Record:
    """A consumed record; `timestamp` is in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @property
    def trace_context(self) -> TraceContext | None:
        """The trace context in the headers of the record, or None if there is no valid one."""
        return context.parse_traceparent(_decode(dict(self.headers).get("traceparent")))


@dataclass(frozen=True)
class SourceIdentity:
    """The properties of a KafkaSource that appear in its requests."""

    name: str
    namespace: str
    key_type: str = "string"
    overrides: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DeliveryRequest:
    """A POST request to a sink; `body` is None if the request has no body."""

    headers: Headers
    body: bytes | None

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> "DeliveryRequest":
        return DeliveryRequest((*self.headers, *headers), self.body)

    def with_span(self, span: TraceContext) -> "DeliveryRequest":
        """Return the request with `span` as the parent of the server's spans."""
        headers = ((name, str(span) if name == "traceparent" else value) for name, value in self.headers)
        return DeliveryRequest(tuple(headers), self.body)

    @property
    def trace_context(self) -> TraceContext | None:
        """The trace context in the headers of the request, or None if there is no valid one."""
        return context.parse_traceparent({name.lower(): value for name, value in self.headers}.get("traceparent"))


def build_request(record: Record, source: SourceIdentity) -> DeliveryRequest:
    """Return the POST in binary mode for `record`, which must not be a record that `find_lost_records` returns."""
    event = _parse_event(record) or _wrap_raw_record(record, source)
    position = {"knativekafkapartition": str(record.partition), "knativekafkaoffset": str(record.offset)}
    event = CloudEvent({**event.attributes, **position, **source.overrides}, event.data)
    fixed_headers = (("user-agent", _USER_AGENT), ("Prefer", "reply"), ("Kn-Namespace", source.namespace))
    return DeliveryRequest((*fixed_headers, *event.as_headers(), *_build_trace_headers(record)), event.data)


def find_lost_records(batch: Iterable[Record]) -> list[Record]:
    """Return the records of one poll that Knative loses: all raw records, if one of them has a header with no value."""
    polled = list(batch)
    if not any(_is_raw_with_null_header(record) for record in polled):
        return []
    return [record for record in polled if _parse_event(record) is None]


def _is_raw_with_null_header(record: Record) -> bool:
    return any(value is None for _, value in record.headers) and _parse_event(record) is None


def _parse_event(record: Record) -> CloudEvent | None:
    """Return the CloudEvent in the record, or None for a raw record."""
    headers = {name: _decode(value) for name, value in record.headers if value is not None}
    try:
        if headers.get("content-type", "").startswith(STRUCTURED_CONTENT_TYPE):
            return from_structured(record.value)
        attributes = {name.removeprefix("ce_"): text for name, text in headers.items() if name.startswith("ce_")}
        if "content-type" in headers:
            attributes["datacontenttype"] = headers["content-type"]
        return from_attributes(attributes, record.value or None)
    except InvalidCloudEventError:
        return None


def _wrap_raw_record(record: Record, source: SourceIdentity) -> CloudEvent:
    attributes = {
        "specversion": "1.0",
        "id": f"partition:{record.partition}/offset:{record.offset}",
        "source": f"/apis/v1/namespaces/{source.namespace}/kafkasources/{source.name}#{record.topic}",
        "type": "dev.knative.kafka.event",
        "subject": f"partition:{record.partition}#{record.offset}",
        "time": _format_time(record.timestamp),
    }
    for name, value in record.headers:
        if name.lower() == "content-type":
            attributes["datacontenttype"] = _decode(value).lower()
        else:
            attributes["kafkaheader" + re.sub("[^a-z0-9]", "", name.lower())] = _decode(value)
    if record.key:
        attributes["key"] = attributes["partitionkey"] = keys.decode_key(record.key, source.key_type)
    return CloudEvent(attributes, record.value)


def _decode(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _format_time(milliseconds: int) -> str:
    """Return a timestamp as Java prints it.

    The year may be above 9999, because some producers send microseconds instead of milliseconds.
    """
    seconds, millis = divmod(milliseconds, 1000)
    cycles, seconds_in_cycle = divmod(seconds, _CYCLE_SECONDS)
    moment = datetime.fromtimestamp(seconds_in_cycle, UTC)
    year = moment.year + _CYCLE_YEARS * cycles
    return f"{'+' * (year > MAXYEAR)}{year:04}" + normalize_time(f"{moment:%Y-%m-%dT%H:%M:%S}.{millis:03}Z")[4:]


def _build_trace_headers(record: Record) -> Headers:
    """Return headers with a new span in the record's trace, because the dispatcher starts a span for every request."""
    if (parent := record.trace_context) is None:
        return ()
    headers = dict(record.headers)
    copied_headers = ((name, _decode(headers[name])) for name in ("tracestate", "baggage") if name in headers)
    return (("traceparent", str(parent.create_child())), *copied_headers)

"""CloudEvents on the wire: HTTP and Kafka, binary and structured, on the cloudevents SDK's core.

The SDK parses JSON data into dictionaries, takes any `ce_` header for binary mode even where the content type says
structured, and makes up an id and a time where there is none; here data stays bytes for pydantic, the content type
decides, as it does in Knative, and what was not sent is not there.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings import http, kafka
from cloudevents.core.exceptions import CloudEventValidationError, MissingRequiredAttributeError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import REQUIRED_ATTRIBUTES, CloudEvent

from events.envelope import JSON, Envelope
from events.errors import InvalidEvent

#: Topic, key, value, headers.
Record = tuple[str, str | None, bytes, dict[str, bytes]]

STRUCTURED = "application/cloudevents"
_KNOWN = {"id", "source", "type", "time", "subject", "datacontenttype", "traceparent", "specversion"}


class _BytesFormat(JSONFormat):
    """JSON for the envelope; data is left as it came."""

    def read_data(self, body: bytes, datacontenttype: str | None) -> bytes:  # noqa: ARG002  # the SDK's signature
        return body


_FORMAT = _BytesFormat()


def from_http(headers: Mapping[str, str], body: bytes) -> Envelope:
    """Read a POST, binary or structured. Raises InvalidEvent."""
    lower = {name.lower(): value for name, value in headers.items()}
    message = http.HTTPMessage(headers=lower, body=body)
    structured = lower.get("content-type", "").lower().startswith(STRUCTURED)
    return _opened(http.from_structured if structured else http.from_binary, message)


def to_http(envelope: Envelope, *, structured: bool = False) -> http.HTTPMessage:
    """Write a POST."""
    return (http.to_structured if structured else http.to_binary)(
        _cloud_event(envelope, structured=structured), _FORMAT
    )


def from_kafka(message: kafka.KafkaMessage) -> Envelope:
    """Read a record, binary or structured. Raises InvalidEvent, also for a record that is no CloudEvent."""
    lower = {name.lower(): value for name, value in message.headers.items()}
    structured = lower.get("content-type", b"").lower().startswith(STRUCTURED.encode())
    # The SDK would put the key into `partitionkey`; a key is not part of the event.
    keyless = kafka.KafkaMessage(headers=lower, key=None, value=message.value)
    return _opened(kafka.from_structured if structured else kafka.from_binary, keyless)


def to_kafka(envelope: Envelope, key: str, *, structured: bool = False) -> kafka.KafkaMessage:
    """Write a record under this key."""
    write = kafka.to_structured if structured else kafka.to_binary
    return write(_cloud_event(envelope, structured=structured), _FORMAT, lambda _: key)


def _opened(read: Any, message: Any) -> Envelope:
    try:
        return _envelope(read(message, _FORMAT, _as_sent))
    except (CloudEventValidationError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidEvent(f"not a CloudEvent 1.0: {_told(error)}") from error


def _as_sent(attributes: dict[str, Any], data: Any) -> CloudEvent:
    """The SDK's event without what the SDK makes up. Raises CloudEventValidationError."""
    missing = [name for name in REQUIRED_ATTRIBUTES if name not in attributes]
    if missing:
        raise CloudEventValidationError({name: [MissingRequiredAttributeError(name)] for name in missing})
    untimed = "time" not in attributes
    event = CloudEvent(attributes, data)
    if untimed:
        del event.get_attributes()["time"]
    return event


def _told(error: Exception) -> str:
    """What is missing, without repeating what was sent."""
    if isinstance(error, CloudEventValidationError):
        return "; ".join(f"{name}: {', '.join(map(str, problems))}" for name, problems in error.errors.items())
    return type(error).__name__


def _envelope(event: BaseCloudEvent) -> Envelope:
    attributes = dict(event.get_attributes())
    time = attributes.get("time")
    traceparent = attributes.get("traceparent")
    content_type = attributes.get("datacontenttype")
    return Envelope(
        id=attributes["id"],
        source=attributes["source"],
        type=attributes["type"],
        time=time if isinstance(time, datetime) else None,
        subject=attributes.get("subject"),
        datacontenttype=content_type,
        traceparent=None if traceparent is None else str(traceparent),
        extensions={name: str(value) for name, value in attributes.items() if name not in _KNOWN},
        data=_as_bytes(event.get_data(), content_type or JSON),
    )


def _as_bytes(data: object, content_type: str) -> bytes:
    if isinstance(data, bytes | bytearray):
        return bytes(data)
    if isinstance(data, str) and not _FORMAT.JSON_CONTENT_TYPE_PATTERN.match(content_type):
        return data.encode()
    return b"" if data is None else json.dumps(data, ensure_ascii=False).encode()


def _cloud_event(envelope: Envelope, *, structured: bool) -> CloudEvent:
    optional = {
        "time": envelope.time,
        "subject": envelope.subject,
        "datacontenttype": envelope.datacontenttype,
        "traceparent": envelope.traceparent,
    }
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        **{name: value for name, value in optional.items() if value is not None},
        **envelope.extensions,
    }
    as_json = structured and envelope.datacontenttype == JSON and envelope.data
    return _as_sent(attributes, json.loads(envelope.data) if as_json else envelope.data)

"""CloudEvents on the wire: HTTP and Kafka, binary and structured, on the cloudevents SDK's core.

The SDK parses JSON data into dictionaries and takes any `ce_` header for binary mode even where the content type says
structured; here data stays bytes for pydantic, and the content type decides, as it does in Knative.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings import http, kafka
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from events.envelope import JSON, Envelope
from events.errors import InvalidEvent

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
    content_type = message.headers.get("content-type", b"").decode("latin-1").lower()
    structured = content_type.startswith(STRUCTURED)
    # The SDK would put the key into `partitionkey`; a key is not part of the event.
    keyless = kafka.KafkaMessage(headers=message.headers, key=None, value=message.value)
    return _opened(kafka.from_structured if structured else kafka.from_binary, keyless)


def to_kafka(envelope: Envelope, key: str, *, structured: bool = False) -> kafka.KafkaMessage:
    """Write a record under this key."""
    write = kafka.to_structured if structured else kafka.to_binary
    return write(_cloud_event(envelope, structured=structured), _FORMAT, lambda _: key)


def _opened(read: Any, message: Any) -> Envelope:
    try:
        return _envelope(read(message, _FORMAT, CloudEvent))
    except (CloudEventValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidEvent(f"not a CloudEvent 1.0: {_told(error)}") from error


def _told(error: Exception) -> str:
    """What is missing, without repeating what was sent."""
    if isinstance(error, CloudEventValidationError):
        return "; ".join(f"{name}: {', '.join(map(str, problems))}" for name, problems in error.errors.items())
    return type(error).__name__


def _envelope(event: BaseCloudEvent) -> Envelope:
    attributes = dict(event.get_attributes())
    time = attributes.get("time")
    return Envelope(
        id=str(attributes["id"]),
        source=str(attributes["source"]),
        type=str(attributes["type"]),
        time=time if isinstance(time, datetime) else None,
        subject=attributes.get("subject"),
        datacontenttype=attributes.get("datacontenttype"),
        traceparent=attributes.get("traceparent"),
        extensions={name: str(value) for name, value in attributes.items() if name not in _KNOWN},
        data=_as_bytes(event.get_data()),
    )


def _as_bytes(data: object) -> bytes:
    if isinstance(data, bytes | bytearray):
        return bytes(data)
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
    return CloudEvent(attributes, json.loads(envelope.data) if as_json else envelope.data)

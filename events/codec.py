"""CloudEvents over HTTP and Kafka, in binary and structured mode, on the core of the cloudevents SDK.

This module differs from the SDK in three points. The data of an Envelope is bytes, because pydantic parses it. The
content type selects the mode, as in Knative; the SDK selects it by `ce_` headers. A missing id is an error, and a
missing time stays missing; the SDK would create new values.
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

from events.envelope import JSON_CONTENT_TYPE, Envelope
from events.errors import InvalidEvent

#: The topic, key, value and headers of a record.
KafkaRecord = tuple[str, str | None, bytes, dict[str, bytes]]

#: Content types with this prefix mean structured mode.
STRUCTURED = "application/cloudevents"
#: Attributes that do not become extensions: an Envelope has a field for each of them, except for `specversion`.
_KNOWN_ATTRIBUTES = {"id", "source", "type", "time", "subject", "datacontenttype", "traceparent", "specversion"}


class _BytesFormat(JSONFormat):
    """A variant of the SDK's JSON format that does not parse data in binary mode. Structured mode is unchanged."""

    def read_data(self, body: bytes, datacontenttype: str | None) -> bytes:  # noqa: ARG002  # the SDK's signature
        return body


_FORMAT = _BytesFormat()


def from_http(headers: Mapping[str, str], body: bytes) -> Envelope:
    """Return the event of an HTTP request in binary or structured mode. Raise InvalidEvent for other requests."""
    lowercase_headers = {name.lower(): value for name, value in headers.items()}
    message = http.HTTPMessage(headers=lowercase_headers, body=body)
    is_structured = lowercase_headers.get("content-type", "").lower().startswith(STRUCTURED)
    return _parse(http.from_structured if is_structured else http.from_binary, message)


def to_http(envelope: Envelope, *, structured: bool = False) -> http.HTTPMessage:
    """Return the headers and body of an HTTP request with the event, in binary mode unless `structured` is set."""
    convert = http.to_structured if structured else http.to_binary
    return convert(_to_cloud_event(envelope, structured=structured), _FORMAT)


def from_kafka(message: kafka.KafkaMessage) -> Envelope:
    """Return the event of a Kafka record in binary or structured mode. Raise InvalidEvent for other records."""
    lowercase_headers = {name.lower(): value for name, value in message.headers.items()}
    is_structured = lowercase_headers.get("content-type", b"").lower().startswith(STRUCTURED.encode())
    # The SDK would copy the key into the extension `partitionkey`, but a key is not part of the event.
    message_without_key = kafka.KafkaMessage(headers=lowercase_headers, key=None, value=message.value)
    return _parse(kafka.from_structured if is_structured else kafka.from_binary, message_without_key)


def to_kafka(envelope: Envelope, key: str, *, structured: bool = False) -> kafka.KafkaMessage:
    """Return a Kafka record with this key and the event, in binary mode unless `structured` is set."""
    convert = kafka.to_structured if structured else kafka.to_binary
    return convert(_to_cloud_event(envelope, structured=structured), _FORMAT, lambda _: key)


def _parse(convert: Any, message: Any) -> Envelope:
    """Return the message as an event. `convert` is the SDK's parser. Raise InvalidEvent for an invalid message."""
    try:
        return _to_envelope(convert(message, _FORMAT, _create_cloud_event))
    except (CloudEventValidationError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidEvent(f"not a CloudEvent 1.0: {_describe_error(error)}") from error


def _create_cloud_event(attributes: dict[str, Any], data: Any) -> CloudEvent:
    """Return an SDK event with exactly these attributes. The SDK itself would replace a missing id or time.

    Raise CloudEventValidationError if a required attribute is missing.
    """
    missing_names = [name for name in REQUIRED_ATTRIBUTES if name not in attributes]
    if missing_names:
        raise CloudEventValidationError({name: [MissingRequiredAttributeError(name)] for name in missing_names})
    has_time = "time" in attributes
    event = CloudEvent(attributes, data)
    if not has_time:
        del event.get_attributes()["time"]
    return event


def _describe_error(error: Exception) -> str:
    """Return the names and problems of invalid attributes, else the error's type. Omit values, which may be private."""
    if isinstance(error, CloudEventValidationError):
        return "; ".join(f"{name}: {', '.join(map(str, problems))}" for name, problems in error.errors.items())
    return type(error).__name__


def _to_envelope(event: BaseCloudEvent) -> Envelope:
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
        extensions={name: str(value) for name, value in attributes.items() if name not in _KNOWN_ATTRIBUTES},
        data=_to_bytes(event.get_data(), content_type or JSON_CONTENT_TYPE),
    )


def _to_bytes(data: object, content_type: str) -> bytes:
    """Return the data of an SDK event as bytes. Serialize JSON again, which the SDK has parsed in structured mode."""
    if isinstance(data, bytes | bytearray):
        return bytes(data)
    if isinstance(data, str) and not _FORMAT.JSON_CONTENT_TYPE_PATTERN.match(content_type):
        return data.encode()
    return b"" if data is None else json.dumps(data, ensure_ascii=False).encode()


def _to_cloud_event(envelope: Envelope, *, structured: bool) -> CloudEvent:
    # The SDK encodes bytes as base64 in structured mode. So JSON is parsed, and becomes a part of the event's JSON.
    has_json_data = structured and envelope.datacontenttype == JSON_CONTENT_TYPE and envelope.data
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
    return _create_cloud_event(attributes, json.loads(envelope.data) if has_json_data else envelope.data)

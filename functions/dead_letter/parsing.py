"""Parser of dead letters. It accepts every request, because a dead letter that this function refuses would be lost."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from events import codec
from events.envelope import Envelope
from events.errors import InvalidEvent

#: HTTP headers with this prefix contain CloudEvents attributes.
_PREFIX = "ce-"
#: Attributes that do not become extensions: an Envelope has a field for each of them, except for `specversion`.
_ATTRIBUTES = {"specversion", "id", "source", "type", "subject", "time", "traceparent"}
# Numbers with at most 9 digits fit into PostgreSQL's type integer, and numbers with at most 18 digits into bigint.
_INTEGER_DIGITS, _BIGINT_DIGITS = 9, 18


@dataclass(frozen=True, kw_only=True)
class DeliveryFailure:
    """A failed delivery, as Knative describes it in the extension attributes of a dead letter.

    `destination` is the URL of the function that did not accept the event. `code` and `data` are the HTTP status
    and the start of its response, or None without a response. `partition` and `offset` locate the Kafka record.
    """

    destination: str
    code: int | None
    data: str | None
    partition: int | None
    offset: int | None

    @classmethod
    def from_envelope(cls, letter: Envelope) -> Self:
        """Return the failed delivery of a dead letter. Missing or malformed values are None (`destination`: "")."""
        attributes = letter.extensions
        return cls(
            destination=attributes.get("knativeerrordest", ""),
            code=_parse_number(attributes.get("knativeerrorcode", ""), _INTEGER_DIGITS),
            data=_decode_data(attributes.get("knativeerrordata")),
            partition=_parse_number(attributes.get("knativekafkapartition", ""), _INTEGER_DIGITS),
            offset=_parse_number(attributes.get("knativekafkaoffset", ""), _BIGINT_DIGITS),
        )


def parse_dead_letter(headers: Mapping[str, str], body: bytes) -> Envelope:
    """Return the dead letter in an HTTP request. Do not validate the attributes of an invalid CloudEvent."""
    try:
        return codec.from_http(headers, body)
    except InvalidEvent:
        return _parse_leniently(headers, body)


def _parse_leniently(headers: Mapping[str, str], body: bytes) -> Envelope:
    """Return an event in binary mode. A required attribute that is missing is "", and an invalid time is None."""
    lowercase_headers = {name.lower(): value for name, value in headers.items()}
    attributes = {
        name.removeprefix(_PREFIX): value for name, value in lowercase_headers.items() if name.startswith(_PREFIX)
    }
    return Envelope(
        id=attributes.get("id", ""),
        source=attributes.get("source", ""),
        type=attributes.get("type", ""),
        time=_parse_time(attributes.get("time", "")),
        subject=attributes.get("subject"),
        datacontenttype=lowercase_headers.get("content-type"),
        traceparent=attributes.get("traceparent"),
        extensions={name: value for name, value in attributes.items() if name not in _ATTRIBUTES},
        data=body,
    )


def _parse_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _decode_data(text: str | None) -> str | None:
    """Return the text that Knative has encoded as base64. Return text in another encoding unchanged."""
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return text


def _parse_number(text: str, max_digits: int) -> int | None:
    """Return the number, or None if the text is not a number of at most `max_digits` ASCII digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= max_digits else None

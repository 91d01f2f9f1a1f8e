"""Parses dead letters. Every request is accepted, because a dead letter that is refused here would be lost."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from events import codec
from events.envelope import Envelope
from events.errors import InvalidEvent

_PREFIX = "ce-"
_ATTRIBUTES = {"specversion", "id", "source", "type", "subject", "time", "traceparent"}
# Every number with this many digits fits into PostgreSQL's integer and bigint.
_INTEGER_DIGITS, _BIGINT_DIGITS = 9, 18


@dataclass(frozen=True, kw_only=True)
class DeliveryFailure:
    """A failed delivery, as Knative describes it in the extension attributes of a dead letter.

    `destination` is the URL of the function that did not accept the event. `code` and `data` are the status and the
    beginning of its answer, None if there was no answer. `partition` and `offset` are those of the Kafka record.
    """

    destination: str
    code: int | None
    data: str | None
    partition: int | None
    offset: int | None

    @classmethod
    def from_envelope(cls, letter: Envelope) -> Self:
        """Read the attributes of a dead letter. Values that are missing or malformed become None."""
        attributes = letter.extensions
        return cls(
            destination=attributes.get("knativeerrordest", ""),
            code=_parse_number(attributes.get("knativeerrorcode", ""), _INTEGER_DIGITS),
            data=_decode_data(attributes.get("knativeerrordata")),
            partition=_parse_number(attributes.get("knativekafkapartition", ""), _INTEGER_DIGITS),
            offset=_parse_number(attributes.get("knativekafkaoffset", ""), _BIGINT_DIGITS),
        )


def parse_dead_letter(headers: Mapping[str, str], body: bytes) -> Envelope:
    """Return the envelope of a POST. If it is no valid CloudEvent, take every attribute that is there; never fail."""
    try:
        return codec.from_http(headers, body)
    except InvalidEvent:
        return _parse_leniently(headers, body)


def _parse_leniently(headers: Mapping[str, str], body: bytes) -> Envelope:
    lower = {name.lower(): value for name, value in headers.items()}
    attributes = {name.removeprefix(_PREFIX): value for name, value in lower.items() if name.startswith(_PREFIX)}
    return Envelope(
        id=attributes.get("id", ""),
        source=attributes.get("source", ""),
        type=attributes.get("type", ""),
        time=_parse_time(attributes.get("time", "")),
        subject=attributes.get("subject"),
        datacontenttype=lower.get("content-type"),
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
    """Decode the base64 that Knative writes; return other text unchanged."""
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return text


def _parse_number(text: str, digits: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None

"""What arrives for the last time. Whatever it is, it is read: nobody takes what is refused here."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime

from events import codec
from events.envelope import Envelope
from events.errors import InvalidEvent

_PREFIX = "ce-"
_OWN = {"specversion", "id", "source", "type", "subject", "time", "traceparent"}
#: PostgreSQL's integer and bigint hold any number of so many digits.
_INTEGER_DIGITS, _BIGINT_DIGITS = 9, 18


def received(headers: Mapping[str, str], body: bytes) -> Envelope:
    """Read a POST as far as it can be read; never fails."""
    try:
        return codec.from_http(headers, body)
    except InvalidEvent:
        return _as_it_is(headers, body)


def _as_it_is(headers: Mapping[str, str], body: bytes) -> Envelope:
    lower = {name.lower(): value for name, value in headers.items()}
    said = {name.removeprefix(_PREFIX): value for name, value in lower.items() if name.startswith(_PREFIX)}
    return Envelope(
        id=said.get("id", ""),
        source=said.get("source", ""),
        type=said.get("type", ""),
        time=_time(said.get("time", "")),
        subject=said.get("subject"),
        datacontenttype=lower.get("content-type"),
        traceparent=said.get("traceparent"),
        extensions={name: value for name, value in said.items() if name not in _OWN},
        data=body,
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def error_dest(letter: Envelope) -> str:
    """The function that did not take it."""
    return letter.extensions.get("knativeerrordest", "")


def error_code(letter: Envelope) -> int | None:
    """The status it answered; None when there was no answer."""
    return _number(letter.extensions.get("knativeerrorcode", ""), _INTEGER_DIGITS)


def error_data(letter: Envelope) -> str | None:
    """The beginning of its answer, which Knative writes in base64."""
    written = letter.extensions.get("knativeerrordata")
    if written is None:
        return None
    try:
        return base64.b64decode(written, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return written


def partition(letter: Envelope) -> int | None:
    """The partition of the topic that it could not be delivered from."""
    return _number(letter.extensions.get("knativekafkapartition", ""), _INTEGER_DIGITS)


def offset(letter: Envelope) -> int | None:
    """Where in the partition it lies."""
    return _number(letter.extensions.get("knativekafkaoffset", ""), _BIGINT_DIGITS)


def _number(text: str, digits: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None

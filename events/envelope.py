"""CloudEvents attributes around a payload, and the parser of payloads."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self, TypeVar

from pydantic import ValidationError

from events.errors import InvalidEvent
from events.event import Event

E = TypeVar("E", bound=Event)

JSON_CONTENT_TYPE = "application/json"
_FIELD_NAME = re.compile(r"[a-z_0-9]{1,30}")
# Printable ASCII. Knative's KafkaSource garbles other characters. It loses an event with a control character without an
# error. So no function publishes such an event.
_PRINTABLE = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A CloudEvent with its data as bytes. `traceparent` is the start of the document's trace in all its events."""

    id: str
    source: str
    type: str
    time: datetime | None = None
    subject: str | None = None
    datacontenttype: str | None = JSON_CONTENT_TYPE
    traceparent: str | None = None
    extensions: dict[str, str] = field(default_factory=dict)
    data: bytes = b""

    @classmethod
    def from_event(cls, event: Event, *, function: str, time: datetime, traceparent: str | None) -> Self:
        """Return the envelope of an event that `function` publishes.

        Raise InvalidEvent if an attribute is not printable ASCII.
        """
        return cls(
            id=str(event.id),
            source=f"/pagebus/{function}",
            type=event.TYPE,
            time=time,
            subject=event.subject,
            traceparent=traceparent,
            data=event.model_dump_json().encode(),
        ).require_printable_attributes()

    def require_printable_attributes(self) -> Self:
        """Return the envelope unchanged if every attribute can pass through a KafkaSource (printable ASCII).

        Raise InvalidEvent otherwise.
        """
        attributes = {"id": self.id, "source": self.source, "type": self.type, "subject": self.subject or ""}
        for name, value in {**attributes, **self.extensions}.items():
            if not _PRINTABLE.fullmatch(value):
                raise InvalidEvent(f"attribute {name} must be printable ASCII")
        return self


def parse_event(envelope: Envelope, model: type[E]) -> E:
    """Return the data as an event of type `model`.

    Raise InvalidEvent if the data does not match. Its message names the fields and never repeats their values.
    """
    try:
        return model.model_validate_json(envelope.data)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        description = "; ".join(f"{_format_location(p['loc'])}: {p['msg']}" for p in problems)
        raise InvalidEvent(f"{model.TYPE}: {description}") from error


def _format_location(loc: tuple[str | int, ...]) -> str:
    """Return the path to a field, with dots between its parts.

    A part that does not look like a field name becomes "?", because it may be private, for example a file name.
    """
    return ".".join(str(part) if _FIELD_NAME.fullmatch(str(part)) else "?" for part in loc) or "data"

"""The CloudEvents attributes around an event, typed."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self, TypeVar

from pydantic import ValidationError

from events.errors import InvalidEvent
from events.event import Event

E = TypeVar("E", bound=Event)

JSON = "application/json"
# Knative's source sends anything else mangled, and loses an event with a control character without a trace.
_FIELD = re.compile(r"[a-z_0-9]{1,30}")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A CloudEvent whose data is still bytes. `traceparent` is the starting trace, the same over all hops."""

    id: str
    source: str
    type: str
    time: datetime | None = None
    subject: str | None = None
    datacontenttype: str | None = JSON
    traceparent: str | None = None
    extensions: dict[str, str] = field(default_factory=dict)
    data: bytes = b""

    @classmethod
    def around(cls, event: Event, *, function: str, time: datetime, traceparent: str | None) -> Self:
        """Wrap what a function says."""
        return cls(
            id=str(event.id),
            source=f"/pagebus/{function}",
            type=event.TYPE,
            time=time,
            subject=event.subject,
            traceparent=traceparent,
            data=event.model_dump_json().encode(),
        ).checked()

    def checked(self) -> Self:
        """Itself, when every attribute survives the way through Knative. Raises InvalidEvent."""
        named = {"id": self.id, "source": self.source, "type": self.type, "subject": self.subject or ""}
        for name, value in {**named, **self.extensions}.items():
            if not _PRINTABLE.fullmatch(value):
                raise InvalidEvent(f"attribute {name} must be printable ASCII")
        return self


def read(envelope: Envelope, model: type[E]) -> E:
    """The data as this type of event. Raises InvalidEvent, which names the fields but never repeats their values."""
    try:
        return model.model_validate_json(envelope.data)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        told = "; ".join(f"{_place(p['loc'])}: {p['msg']}" for p in problems)
        raise InvalidEvent(f"{model.TYPE}: {told}") from error


def _place(loc: tuple[str | int, ...]) -> str:
    """Where in the data. What cannot be a misspelt field of ours may be anything, even a file name."""
    return ".".join(str(part) if _FIELD.fullmatch(str(part)) else "?" for part in loc) or "data"

"""A record that passed on a topic, and what it says of itself."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloudevents.core.bindings.kafka import KafkaMessage

from events import codec
from events.envelope import Envelope
from events.errors import InvalidEvent

_ATTRIBUTE = "ce_"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class Passed:
    """`attributes` are those of the CloudEvent that it is; of what is none, those that it says all the same."""

    topic: str
    partition: int
    offset: int
    time: datetime
    attributes: dict[str, str] = field(default_factory=dict)
    data: bytes = b""

    @property
    def type(self) -> str:
        """Empty where it says none."""
        return self.attributes.get("type", "")

    def said(self) -> dict[str, Any]:
        """The members of its data; none where that is no JSON object."""
        try:
            said = json.loads(self.data)
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}

    def document(self) -> str:
        """The id of the document that it is about; empty where it says none."""
        names = (self.said().get("document"), self.attributes.get("subject", "").partition("/")[0])
        return next((name for name in names if isinstance(name, str) and _ID.fullmatch(name)), "")

    def told(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "time": self.time.isoformat(),
            "attributes": self.attributes,
            **told_data(self.data),
        }


def opened(headers: Mapping[str, bytes | None], value: bytes) -> tuple[dict[str, str], bytes]:
    """The attributes and the data of a record, read as far as it can be read; never fails."""
    there = {name: content for name, content in headers.items() if content is not None}
    try:
        event = codec.from_kafka(KafkaMessage(headers=there, key=None, value=value))
    except InvalidEvent:
        said = {name: content for name, content in there.items() if name.startswith(_ATTRIBUTE)}
        return {name.removeprefix(_ATTRIBUTE): text.decode(errors="replace") for name, text in said.items()}, value
    return _attributes(event), event.data


def told_data(data: bytes) -> dict[str, Any]:
    """As CloudEvents say it in JSON: `data` is JSON or text, `data_base64` is what is neither."""
    try:
        return {"data": json.loads(data)}
    except (ValueError, RecursionError):
        pass
    try:
        return {"data": data.decode()}
    except UnicodeDecodeError:
        return {"data_base64": base64.b64encode(data).decode()}


def _attributes(event: Envelope) -> dict[str, str]:
    named = {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": None if event.time is None else event.time.isoformat(),
        "datacontenttype": event.datacontenttype,
        "traceparent": event.traceparent,
    }
    return {**{name: text for name, text in named.items() if text is not None}, **event.extensions}

"""A Kafka record as `pagebus watch` reads it: a CloudEvent, or another record with the attributes in its headers."""

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
from local.cli.shell.events import data_as_dict

_HEADER_PREFIX = "ce_"
_DOCUMENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class TopicRecord:
    """A record and its position in Kafka.

    `attributes` are those of the CloudEvent. If the record is not a valid CloudEvent, they are the `ce_` headers
    without this prefix.
    """

    topic: str
    partition: int
    offset: int
    time: datetime
    attributes: dict[str, str] = field(default_factory=dict)
    data: bytes = b""

    @property
    def type(self) -> str:
        """The event type, or an empty string if the record has none."""
        return self.attributes.get("type", "")

    def parse_data(self) -> dict[str, Any]:
        """Return the data as a JSON object, or an empty dict if the data is not a JSON object."""
        try:
            value = json.loads(self.data)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def find_document_id(self) -> str:
        """Return the id of the document that the event is about, or an empty string if the event has no such id."""
        candidates = (self.parse_data().get("document"), self.attributes.get("subject", "").partition("/")[0])
        return next((text for text in candidates if isinstance(text, str) and _DOCUMENT_ID.fullmatch(text)), "")

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-serializable values. Data that is neither JSON nor text is in `data_base64`."""
        return {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "time": self.time.isoformat(),
            "attributes": self.attributes,
            **data_as_dict(self.data),
        }


def parse_record(headers: Mapping[str, bytes | None], value: bytes) -> tuple[dict[str, str], bytes]:
    """Return the CloudEvents attributes and the data of a record.

    An invalid record is no error, because any client can write to Kafka.
    """
    present = {name: content for name, content in headers.items() if content is not None}
    try:
        event = codec.from_kafka(KafkaMessage(headers=present, key=None, value=value))
    except InvalidEvent:
        attributes = {name: content for name, content in present.items() if name.startswith(_HEADER_PREFIX)}
        return {
            name.removeprefix(_HEADER_PREFIX): content.decode(errors="replace") for name, content in attributes.items()
        }, value
    return _list_attributes(event), event.data


def _list_attributes(event: Envelope) -> dict[str, str]:
    attributes = {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": None if event.time is None else event.time.isoformat(),
        "datacontenttype": event.datacontenttype,
        "traceparent": event.traceparent,
    }
    return {**{name: text for name, text in attributes.items() if text is not None}, **event.extensions}

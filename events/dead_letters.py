"""Conversion of stored dead letters into Kafka records, for redelivery."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cloudevents.core.exceptions import CloudEventValidationError

from events import codec
from events.catalogue import EVENTS_BY_TYPE, RAW_RECORD_TYPE
from events.codec import KafkaRecord
from events.envelope import Envelope, parse_event
from events.errors import InvalidEvent
from events.page import PageRequested
from events.topics import get_pages_topic, get_record_key, get_topic_for_type

# librdkafka rejects records of 1,000,000 bytes, including key and headers. Its error is the same as for a broker that
# is down, so the size is checked here first. Events of Pagebus are smaller than half of this limit.
_MAX_DATA_BYTES = 900_000
# Knative adds extensions with this prefix, which describe the failed delivery.
_FAILURE_PREFIX = "knative"
# Events that a function of Pagebus published have a source with this prefix.
_SOURCE_PREFIX = "/pagebus/"


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A stored dead letter: the key of its row (`letter`), and the attributes and data of the event.

    `extensions` also contains the attributes in which Knative describes the failed delivery. `resent` counts earlier
    redeliveries.
    """

    letter: UUID
    id: str
    source: str
    type: str
    subject: str | None
    time: datetime | None
    datacontenttype: str | None
    traceparent: str | None
    extensions: dict[str, str]
    data: bytes
    resent: int


def find_topic(letter: DeadLetter) -> str | None:
    """Return the topic to which the event was published, or None if it is unknown.

    An event type of Pagebus determines its topic, and the attribute `source` of a raw record contains its topic. The
    topic of an event type of another system is unknown.
    """
    if letter.type == RAW_RECORD_TYPE:  # the text after "#"
        return letter.source.partition("#")[2] or None
    if (event_type := EVENTS_BY_TYPE.get(letter.type)) is None:
        return None
    if event_type is not PageRequested:
        return get_topic_for_type(event_type, letter.source.removeprefix(_SOURCE_PREFIX))
    return _find_pages_topic(letter)


def to_record(letter: DeadLetter, topic: str) -> KafkaRecord:
    """Return a record for `topic` with the same CloudEvent or the same raw bytes as the dead letter.

    Raise InvalidEvent if Kafka or Knative would not accept the record.
    """
    if len(letter.data) > _MAX_DATA_BYTES:
        raise InvalidEvent(f"data is longer than {_MAX_DATA_BYTES} bytes, the limit for redelivery")
    if letter.type == RAW_RECORD_TYPE:
        return topic, letter.extensions.get("key"), letter.data, {}
    envelope = _to_envelope(letter).require_printable_attributes()
    key = _get_key(envelope)
    try:
        message = codec.to_kafka(envelope, key)
    except CloudEventValidationError as error:
        raise InvalidEvent(f"not a CloudEvent: {', '.join(error.errors)}") from error
    return topic, key, message.value, dict(message.headers)


def _find_pages_topic(letter: DeadLetter) -> str | None:
    """Return the topic of the engine in a page request, or None if the request is invalid."""
    try:
        request = parse_event(_to_envelope(letter), PageRequested)
    except InvalidEvent:
        return None
    return get_pages_topic(request.engine, bulk=request.bulk)


def _to_envelope(letter: DeadLetter) -> Envelope:
    extensions = {name: value for name, value in letter.extensions.items() if not name.startswith(_FAILURE_PREFIX)}
    return Envelope(
        id=letter.id,
        source=letter.source,
        type=letter.type,
        time=letter.time,
        subject=letter.subject,
        datacontenttype=letter.datacontenttype,
        traceparent=letter.traceparent,
        extensions=extensions,
        data=letter.data,
    )


def _get_key(envelope: Envelope) -> str:
    """Return the record key of a Pagebus event. Return the id of any other event, because its order does not matter."""
    try:
        return get_record_key(parse_event(envelope, EVENTS_BY_TYPE[envelope.type]))
    except (KeyError, InvalidEvent):
        return envelope.id

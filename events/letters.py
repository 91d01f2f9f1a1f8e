"""A dead letter as the record that it was."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cloudevents.core.exceptions import CloudEventValidationError

from events import codec
from events.catalogue import EVENTS, RAW
from events.codec import Record
from events.envelope import Envelope, read
from events.errors import InvalidEvent
from events.page import PageRequested
from events.topics import key_of, pages_topic, topic_of_type

# librdkafka refuses 1,000,000 bytes with key and headers, as if Kafka were down. Nothing of ours is half as long.
_LONGEST = 900_000
# How the names begin of what Knative adds for the one who reads the letter.
_OF_THE_LETTER = "knative"
# How the source begins of what one of our functions says.
_SENDER = "/pagebus/"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A dead letter's row, as far as it is what was sent. `resent`: how often it was sent again already."""

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


def came_from(letter: Letter) -> str | None:
    """The topic that such an event is sent to; None where only the sources know which one it came from."""
    if letter.type == RAW:
        return letter.source.partition("#")[2] or None
    if (event := EVENTS.get(letter.type)) is None:
        return None
    if event is not PageRequested:
        return topic_of_type(event, letter.source.removeprefix(_SENDER))
    return _asked_for_in(letter)


def record(letter: Letter, topic: str) -> Record:
    """The same CloudEvent, or the same raw bytes, for this topic. Raises InvalidEvent."""
    if len(letter.data) > _LONGEST:
        raise InvalidEvent("longer than what is sent again")
    if letter.type == RAW:
        return topic, letter.extensions.get("key"), letter.data, {}
    envelope = _envelope(letter).checked()
    key = _key(envelope)
    try:
        message = codec.to_kafka(envelope, key)
    except CloudEventValidationError as error:
        raise InvalidEvent(f"no CloudEvent: {', '.join(error.errors)}") from error
    return topic, key, message.value, dict(message.headers)


def _asked_for_in(letter: Letter) -> str | None:
    """The topic of the engine that a request names."""
    try:
        request = read(_envelope(letter), PageRequested)
    except InvalidEvent:
        return None
    return pages_topic(request.engine, bulk=request.bulk)


def _envelope(letter: Letter) -> Envelope:
    extensions = {name: value for name, value in letter.extensions.items() if not name.startswith(_OF_THE_LETTER)}
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


def _key(envelope: Envelope) -> str:
    """As for any event of ours; of one that cannot be read here, the place matters little."""
    try:
        return key_of(read(envelope, EVENTS[envelope.type]))
    except (KeyError, InvalidEvent):
        return envelope.id

"""A dead letter as the record that it was. No input or output here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events import codec
from events.catalogue import EVENTS, OUTCOMES, RAW
from events.document import DocumentUploaded
from events.envelope import Envelope, read
from events.errors import InvalidEvent
from events.topics import OUTCOMES as OUTCOMES_TOPIC
from events.topics import UPLOADS, key_of
from functions.runtime.bus import Record

#: What is lost if nobody sends it again, by the topic it came from.
TOPICS = {
    DocumentUploaded.TYPE: UPLOADS,
    RAW: UPLOADS,
    **{outcome.TYPE: OUTCOMES_TOPIC for outcome in OUTCOMES},
}

# librdkafka refuses 1,000,000 bytes with key and headers, as if Kafka were down. Nothing of ours is half as long.
_LONGEST = 900_000
# How the names begin of what Knative adds for the one who reads the letter.
_OF_THE_LETTER = "knative"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A dead letter's row. `resent`: how often it was sent again already."""

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


def record(letter: Letter) -> Record:
    """The same CloudEvent, or the same raw bytes, for the topic that it came from. Raises InvalidEvent."""
    if len(letter.data) > _LONGEST:
        raise InvalidEvent("longer than what is sent again")
    topic = TOPICS[letter.type]
    if letter.type == RAW:
        return topic, letter.extensions.get("key"), letter.data, {}
    envelope = _envelope(letter).checked()
    key = _key(envelope)
    message = codec.to_kafka(envelope, key)
    return topic, key, message.value, dict(message.headers)


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
    """As for any event; one that cannot be read here may still be of a newer version, and its place matters little."""
    try:
        return key_of(read(envelope, EVENTS[envelope.type]))
    except InvalidEvent:
        return envelope.id

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage

from events import codec
from events.catalogue import RAW
from events.document import DocumentUploaded
from events.errors import InvalidEvent
from events.topics import UPLOADS, key_of
from functions.reconciler.letters import Letter, record

UPLOAD = DocumentUploaded(bucket="uploads", key="announced/acme/a.pdf")
LETTER = Letter(
    letter=UUID(int=7),
    id="their own",
    source="/somebody",
    type=UPLOAD.TYPE,
    subject=None,
    time=datetime(2026, 1, 31, 12, tzinfo=UTC),
    datacontenttype="application/json",
    traceparent=None,
    extensions={"knativeerrorcode": "503", "knativekafkaoffset": "9", "tracestate": "a=b"},
    data=UPLOAD.model_dump_json().encode() + b"  ",
    resent=0,
)


def test_an_event_keeps_its_attributes_and_bytes_and_loses_what_knative_said_of_its_failure() -> None:
    topic, key, value, headers = record(LETTER)
    assert (topic, key, value) == (UPLOADS, key_of(UPLOAD), LETTER.data)
    again = codec.from_kafka(KafkaMessage(headers=dict(headers), key=None, value=value))
    assert (again.id, again.source, again.type, again.time) == ("their own", "/somebody", UPLOAD.TYPE, LETTER.time)
    assert again.extensions == {"tracestate": "a=b"}


@pytest.mark.parametrize(("extensions", "key"), [({"key": "k", "knativeerrorcode": "503"}, "k"), ({}, None)])
def test_raw_bytes_keep_their_key_and_get_no_headers(extensions: dict[str, str], key: str | None) -> None:
    letter = replace(LETTER, type=RAW, extensions=extensions, data=b"\xff\0")
    assert record(letter) == (UPLOADS, key, b"\xff\0", {})


@pytest.mark.parametrize("letter", [replace(LETTER, source="a\nb"), replace(LETTER, data=b"x" * 1_000_000)])
def test_what_kafka_or_knative_would_not_take_is_no_record(letter: Letter) -> None:
    with pytest.raises(InvalidEvent):
        record(letter)

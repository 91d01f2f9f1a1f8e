"""Conversion of dead letters into records."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage

from events import codec
from events.catalogue import RAW_RECORD_TYPE
from events.dead_letters import DeadLetter, find_topic, to_record
from events.document import DocumentUploaded
from events.errors import InvalidEvent
from events.event import Event
from events.examples import EXAMPLES
from events.page import PageRequested
from events.topics import UPLOADS, get_record_key

UPLOAD = DocumentUploaded(bucket="uploads", key="announced/acme/a.pdf")
LETTER = DeadLetter(
    letter=UUID(int=7),
    id="client-id",
    source="/client",
    type=UPLOAD.TYPE,
    subject=None,
    time=datetime(2026, 1, 31, 12, tzinfo=UTC),
    datacontenttype="application/json",
    traceparent=None,
    extensions={"knativeerrorcode": "503", "knativekafkaoffset": "9", "tracestate": "a=b"},
    data=UPLOAD.model_dump_json().encode() + b"  ",
    resent=0,
)


def create_letter(event: Event, source: str) -> DeadLetter:
    return replace(LETTER, type=event.TYPE, source=source, data=event.model_dump_json().encode())


@pytest.mark.parametrize(
    ("event", "source", "topic"),
    [
        (UPLOAD, "/client", "pagebus.uploads"),
        (EXAMPLES["io.pagebus.document.accepted.v1"], "/pagebus/intake", "pagebus.outcomes"),
        (EXAMPLES["io.pagebus.document.accepted.v1"], "/pagebus/persistence", "pagebus.documents"),
        (EXAMPLES["io.pagebus.page.failed.v1"], "/pagebus/persistence", "pagebus.results"),
        (EXAMPLES["io.pagebus.document.recognized.v1"], "/pagebus/reconciler", "pagebus.assemblies"),
        (EXAMPLES[PageRequested.TYPE], "/pagebus/intake", "pagebus.pages.rapidocr"),
        (EXAMPLES[PageRequested.TYPE].model_copy(update={"bulk": True}), "/x", "pagebus.pages.rapidocr.bulk"),
    ],
)
def test_topic_of_pagebus_event_is_found(event: Event, source: str, topic: str) -> None:
    assert find_topic(create_letter(event, source)) == topic


def test_topic_of_raw_record_is_in_its_source() -> None:
    source = "/apis/v1/namespaces/default/kafkasources/mine#acme.things"
    assert find_topic(replace(LETTER, type=RAW_RECORD_TYPE, source=source)) == "acme.things"


@pytest.mark.parametrize(
    "letter",
    [
        replace(LETTER, type="com.example.odd"),
        replace(LETTER, type=PageRequested.TYPE),
        replace(LETTER, type=RAW_RECORD_TYPE),
    ],
)
def test_topic_of_other_event_is_unknown(letter: DeadLetter) -> None:
    assert find_topic(letter) is None


def test_event_of_other_system_has_its_id_as_key() -> None:
    letter = replace(LETTER, type="com.example.odd", data=b"not JSON")
    topic, key, value, headers = to_record(letter, "acme.things")
    assert (topic, key, value, headers["ce_type"]) == ("acme.things", "client-id", b"not JSON", b"com.example.odd")


def test_record_has_same_event_without_knative_extensions() -> None:
    topic, key, value, headers = to_record(LETTER, UPLOADS)
    assert (topic, key, value) == (UPLOADS, get_record_key(UPLOAD), LETTER.data)
    envelope = codec.from_kafka(KafkaMessage(headers=dict(headers), key=None, value=value))
    assert (envelope.id, envelope.source, envelope.type, envelope.time) == (
        "client-id",
        "/client",
        UPLOAD.TYPE,
        LETTER.time,
    )
    assert envelope.extensions == {"tracestate": "a=b"}


@pytest.mark.parametrize(("extensions", "key"), [({"key": "k", "knativeerrorcode": "503"}, "k"), ({}, None)])
def test_raw_record_keeps_key_and_has_no_headers(extensions: dict[str, str], key: str | None) -> None:
    letter = replace(LETTER, type=RAW_RECORD_TYPE, extensions=extensions, data=b"\xff\0")
    assert to_record(letter, UPLOADS) == (UPLOADS, key, b"\xff\0", {})


@pytest.mark.parametrize(
    "letter", [replace(LETTER, source="a\nb"), replace(LETTER, id=""), replace(LETTER, data=b"x" * 1_000_000)]
)
def test_letter_that_kafka_would_reject_is_invalid(letter: DeadLetter) -> None:
    with pytest.raises(InvalidEvent):
        to_record(letter, UPLOADS)

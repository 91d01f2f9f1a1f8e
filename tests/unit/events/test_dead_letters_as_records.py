from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage

from events import codec
from events.catalogue import RAW
from events.document import DocumentUploaded
from events.errors import InvalidEvent
from events.event import Event
from events.examples import EXAMPLES
from events.letters import Letter, came_from, record
from events.page import PageRequested
from events.topics import UPLOADS, key_of

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


def _dead(event: Event, source: str) -> Letter:
    return replace(LETTER, type=event.TYPE, source=source, data=event.model_dump_json().encode())


@pytest.mark.parametrize(
    ("event", "source", "topic"),
    [
        (UPLOAD, "/somebody", "pagebus.uploads"),
        (EXAMPLES["io.pagebus.document.accepted.v1"], "/pagebus/intake", "pagebus.outcomes"),
        (EXAMPLES["io.pagebus.document.accepted.v1"], "/pagebus/persistence", "pagebus.documents"),
        (EXAMPLES["io.pagebus.page.failed.v1"], "/pagebus/persistence", "pagebus.results"),
        (EXAMPLES["io.pagebus.document.recognized.v1"], "/pagebus/reconciler", "pagebus.assemblies"),
        (EXAMPLES[PageRequested.TYPE], "/pagebus/intake", "pagebus.pages.rapidocr"),
        (EXAMPLES[PageRequested.TYPE].model_copy(update={"bulk": True}), "/x", "pagebus.pages.rapidocr.bulk"),
    ],
)
def test_an_event_of_ours_came_from_the_topic_that_it_is_sent_to(event: Event, source: str, topic: str) -> None:
    assert came_from(_dead(event, source)) == topic


def test_a_raw_record_says_itself_which_topic_it_came_from() -> None:
    source = "/apis/v1/namespaces/default/kafkasources/mine#acme.things"
    assert came_from(replace(LETTER, type=RAW, source=source)) == "acme.things"


@pytest.mark.parametrize(
    "letter",
    [replace(LETTER, type="com.example.odd"), replace(LETTER, type=PageRequested.TYPE), replace(LETTER, type=RAW)],
)
def test_of_others_the_topic_is_not_known(letter: Letter) -> None:
    assert came_from(letter) is None


def test_an_event_of_somebody_else_keeps_its_place_by_its_id() -> None:
    letter = replace(LETTER, type="com.example.odd", data=b"not JSON")
    topic, key, value, headers = record(letter, "acme.things")
    assert (topic, key, value, headers["ce_type"]) == ("acme.things", "their own", b"not JSON", b"com.example.odd")


def test_an_event_keeps_its_attributes_and_bytes_and_loses_what_knative_said_of_its_failure() -> None:
    topic, key, value, headers = record(LETTER, UPLOADS)
    assert (topic, key, value) == (UPLOADS, key_of(UPLOAD), LETTER.data)
    again = codec.from_kafka(KafkaMessage(headers=dict(headers), key=None, value=value))
    assert (again.id, again.source, again.type, again.time) == ("their own", "/somebody", UPLOAD.TYPE, LETTER.time)
    assert again.extensions == {"tracestate": "a=b"}


@pytest.mark.parametrize(("extensions", "key"), [({"key": "k", "knativeerrorcode": "503"}, "k"), ({}, None)])
def test_raw_bytes_keep_their_key_and_get_no_headers(extensions: dict[str, str], key: str | None) -> None:
    letter = replace(LETTER, type=RAW, extensions=extensions, data=b"\xff\0")
    assert record(letter, UPLOADS) == (UPLOADS, key, b"\xff\0", {})


@pytest.mark.parametrize(
    "letter", [replace(LETTER, source="a\nb"), replace(LETTER, id=""), replace(LETTER, data=b"x" * 1_000_000)]
)
def test_what_kafka_or_knative_would_not_take_is_no_record(letter: Letter) -> None:
    with pytest.raises(InvalidEvent):
        record(letter, UPLOADS)

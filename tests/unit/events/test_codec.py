"""CloudEvents stay the same when they are encoded and decoded, over HTTP and Kafka, in binary and structured mode."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage
from hypothesis import given
from hypothesis import strategies as st

from events import codec
from events.envelope import Envelope
from events.errors import InvalidEvent

PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)
OWN_NAMES = {"id", "source", "type", "time", "subject", "datacontenttype", "traceparent", "specversion", "dataschema"}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ENVELOPES = st.builds(
    Envelope,
    id=PRINTABLE,
    source=PRINTABLE,
    type=PRINTABLE,
    time=st.none() | st.datetimes(timezones=st.just(UTC)),
    subject=st.none() | PRINTABLE,
    traceparent=st.none() | PRINTABLE,
    extensions=st.dictionaries(
        st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True).filter(lambda name: name not in {*OWN_NAMES, "data"}),
        PRINTABLE,
        max_size=3,
    ),
    data=st.dictionaries(st.text(), JSON_VALUES, max_size=3).map(lambda payload: json.dumps(payload).encode()),
)
TEXT = Envelope(id="1", source="/s", type="t", datacontenttype="text/plain", data="Größe 5 €".encode())
KAFKA: dict[str, bytes] = {"ce_specversion": b"1.0", "ce_id": b"1", "ce_source": b"/s", "ce_type": b"t"}


def send_over_http(envelope: Envelope, *, structured: bool) -> Envelope:
    message = codec.to_http(envelope, structured=structured)
    return codec.from_http(message.headers, message.body)


def send_over_kafka(envelope: Envelope, *, structured: bool) -> Envelope:
    return codec.from_kafka(codec.to_kafka(envelope, "a key", structured=structured))


def get_comparable_values(envelope: Envelope) -> tuple[object, ...]:
    """Return all values of an event, with parsed data: structured mode may change the white space of JSON."""
    attributes = (
        envelope.id,
        envelope.source,
        envelope.type,
        envelope.time,
        envelope.subject,
        envelope.datacontenttype,
    )
    return (*attributes, envelope.traceparent, envelope.extensions, json.loads(envelope.data))


@pytest.mark.parametrize("send", [send_over_http, send_over_kafka])
@given(envelope=ENVELOPES)
def test_binary_mode_keeps_every_byte(send: Any, envelope: Envelope) -> None:
    assert send(envelope, structured=False) == envelope


@pytest.mark.parametrize("send", [send_over_http, send_over_kafka])
@given(envelope=ENVELOPES)
def test_structured_mode_keeps_every_value(send: Any, envelope: Envelope) -> None:
    assert get_comparable_values(send(envelope, structured=True)) == get_comparable_values(envelope)


@pytest.mark.parametrize("structured", [False, True])
@pytest.mark.parametrize("send", [send_over_http, send_over_kafka])
def test_data_other_than_json_is_unchanged(send: Any, structured: bool) -> None:  # noqa: FBT001  # a parameter
    assert send(TEXT, structured=structured) == TEXT


def test_text_in_structured_event_is_read_without_quotes() -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "datacontenttype": "text/plain", "data": "ß"}
    envelope = codec.from_http({"content-type": "application/cloudevents+json"}, json.dumps(event).encode())
    assert envelope.data == "ß".encode()


def test_content_type_overrides_ce_headers() -> None:
    inside = codec.to_kafka(Envelope(id="inside", source="/s", type="t", data=b"{}"), "k", structured=True)
    outside = {**inside.headers, **KAFKA, "ce_id": b"outside"}
    assert codec.from_kafka(KafkaMessage(headers=outside, key=None, value=inside.value)).id == "inside"
    as_http = {name.replace("ce_", "ce-"): value.decode() for name, value in outside.items()}
    assert codec.from_http(as_http, inside.value).id == "inside"


def test_header_names_are_case_insensitive() -> None:
    structured = codec.to_kafka(TEXT, "k", structured=True)
    upper_case = KafkaMessage(
        headers={name.upper(): value for name, value in structured.headers.items()}, key=None, value=structured.value
    )
    assert codec.from_kafka(upper_case) == TEXT
    posted = codec.to_http(TEXT)
    assert codec.from_http({name.title(): value for name, value in posted.headers.items()}, posted.body) == TEXT


def test_record_key_does_not_become_attribute() -> None:
    own_key = Envelope(id="1", source="/s", type="t", extensions={"partitionkey": "own"}, data=b"{}")
    envelope = codec.from_kafka(codec.to_kafka(own_key, "the record's"))
    assert envelope.extensions == {"partitionkey": "own"}


def test_event_without_time_has_no_time() -> None:
    assert codec.from_kafka(KafkaMessage(headers=KAFKA, key=None, value=b"{}")).time is None


def test_time_with_offset_is_the_same_instant() -> None:
    envelope = codec.from_kafka(
        KafkaMessage(headers={**KAFKA, "ce_time": b"2026-01-31T13:00:00+01:00"}, key=None, value=b"")
    )
    assert envelope.time == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_source", "ce_type"])
def test_missing_required_attribute_is_invalid(name: str) -> None:
    half = {header: value for header, value in KAFKA.items() if header != name}
    with pytest.raises(InvalidEvent, match=name.removeprefix("ce_")):
        codec.from_kafka(KafkaMessage(headers=half, key=None, value=b"{}"))


@pytest.mark.parametrize(
    "changed",
    [
        {"ce_specversion": b"0.3"},
        {"ce_id": b""},
        {"ce_time": b"yesterday"},
        {"ce_time": b"2026-01-31T12:00:00"},
        {"ce_subject": b"\xff\xfe"},
        {"ce_NOT-A_NAME": b"x"},
    ],
    ids=str,
)
def test_invalid_attribute_is_rejected(changed: dict[str, bytes]) -> None:
    with pytest.raises(InvalidEvent):
        codec.from_kafka(KafkaMessage(headers={**KAFKA, **changed}, key=None, value=b"{}"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'{"specversion": "1.0"}',
        b'{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data_base64": "abcde"}',
        b'{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": "\\ud800"}',
        b"[" * 100_000,
    ],
    ids=[
        "empty",
        "a list",
        "null",
        "cut off",
        "no UTF-8",
        "incomplete",
        "no base64",
        "half a surrogate pair",
        "too deep",
    ],
)
def test_invalid_structured_body_is_rejected(body: bytes) -> None:
    with pytest.raises(InvalidEvent):
        codec.from_http({"content-type": "application/cloudevents+json"}, body)


@pytest.mark.parametrize("content_type", [b"application/json", b"application/cloudevents-batch+json"])
def test_record_without_event_is_rejected(content_type: bytes) -> None:
    with pytest.raises(InvalidEvent):
        codec.from_kafka(KafkaMessage(headers={"content-type": content_type}, key=b"k", value=b'{"Records": []}'))


def test_error_message_contains_no_sent_value() -> None:
    secret = "Mustermann"
    sent = {**KAFKA, "ce_specversion": secret.encode(), "ce_time": secret.encode(), "ce_subject": secret.encode()}
    for headers in (sent, {**sent, "ce_specversion": b"1.0"}, {"ce_type": secret.encode()}):
        with pytest.raises(InvalidEvent) as caught:
            codec.from_kafka(KafkaMessage(headers=headers, key=None, value=secret.encode()))
        assert secret not in str(caught.value)


@given(body=st.binary(), content_type=st.sampled_from(["application/json", "application/cloudevents+json"]))
def test_any_body_is_read_or_rejected(body: bytes, content_type: str) -> None:
    headers = {"content-type": content_type, "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t"}
    try:
        assert codec.from_http(headers, body).data == body
    except InvalidEvent:
        assert content_type == "application/cloudevents+json"

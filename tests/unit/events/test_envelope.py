"""Parsing of payloads: strict for uploads, tolerant for events of functions, and without private text in errors."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from events.catalogue import EVENTS_BY_TYPE
from events.document import DocumentUploaded
from events.envelope import Envelope, parse_event
from events.errors import InvalidEvent
from events.event import Event
from events.examples import EXAMPLES, NOON, TRACEPARENT
from events.page import PageRequested

UPLOAD: dict[str, Any] = {"bucket": "b", "key": "in/acme/a.pdf"}


def create_envelope(event: Event) -> Envelope:
    return Envelope.from_event(event, function="intake", time=NOON, traceparent=TRACEPARENT)


def with_attributes(**attributes: Any) -> Envelope:
    return replace(with_payload({}), **attributes)


def with_payload(payload: object) -> Envelope:
    return Envelope(id="1", source="/s", type="t", data=json.dumps(payload).encode())


def test_every_event_has_an_example() -> None:
    assert list(EXAMPLES) == list(EVENTS_BY_TYPE)


@pytest.mark.parametrize("event", EXAMPLES.values(), ids=EXAMPLES)
def test_event_is_unchanged_after_encoding(event: Event) -> None:
    assert parse_event(create_envelope(event), type(event)) == event


@pytest.mark.parametrize("event", EXAMPLES.values(), ids=EXAMPLES)
def test_envelope_attributes_contain_no_file_name(event: Event) -> None:
    envelope = create_envelope(event)
    assert (envelope.id, envelope.type, envelope.source) == (str(event.id), event.TYPE, "/pagebus/intake")
    attributes = " ".join((envelope.id, envelope.source, envelope.type, envelope.subject or ""))
    assert "Gewicht" not in attributes


def test_subject_of_page_event_is_the_page() -> None:
    request = EXAMPLES[PageRequested.TYPE]
    assert isinstance(request, PageRequested)
    assert request.subject == f"{request.document}/pages/2"
    assert EXAMPLES[DocumentUploaded.TYPE].subject is None


@pytest.mark.parametrize("value", ["Größe", "tab\there", "line\nbreak", "\x00", "\x7f"])
@pytest.mark.parametrize("attribute", ["id", "source", "type", "subject"])
def test_unprintable_attribute_is_rejected(attribute: str, value: str) -> None:
    with pytest.raises(InvalidEvent, match=f"attribute {attribute} must be printable ASCII"):
        with_attributes(**{attribute: value}).require_printable_attributes()


def test_unprintable_extension_is_rejected() -> None:
    with pytest.raises(InvalidEvent, match="attribute tenant"):
        replace(with_payload({}), extensions={"tenant": "Müller"}).require_printable_attributes()


@pytest.mark.parametrize("event", [e for e in EXAMPLES.values() if not isinstance(e, DocumentUploaded)], ids=str)
def test_unknown_field_of_newer_version_is_ignored(event: Event) -> None:
    newer = {**json.loads(event.model_dump_json()), "since_v9": True}
    assert parse_event(with_payload(newer), type(event)) == event


@pytest.mark.parametrize("payload", [{**UPLOAD, "langages": ["deu"]}, {**UPLOAD, "options": {"langages": ["deu"]}}])
def test_misspelled_option_of_upload_is_rejected(payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent, match="langages"):
        parse_event(with_payload(payload), DocumentUploaded)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": ""},
        {"key": ""},
        {"key": 5},
        {"key": "in/acme/\x00.pdf"},
        {"etag": "\x00"},
        {"first_page": 0},
        {"options": {"languages": []}},
        {"options": {"languages": ["german"]}},
        {"options": {"engines": ["../etc"]}},
        {"options": {"outputs": ["word"]}},
        {"options": {"min_confidence": 1.5}},
        {"options": {"min_confidence": "0.5"}},
        {"options": {"callback": "http://example.com"}},
        {"options": {"callback": "https://example.com/\r\nHost: other"}},
        {"options": {"run": -1}},
    ],
    ids=str,
)
def test_upload_with_invalid_value_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent):
        parse_event(with_payload({**UPLOAD, **wrong}), DocumentUploaded)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000], ids=range(6))
def test_data_other_than_json_object_is_rejected(data: bytes) -> None:
    with pytest.raises(InvalidEvent):
        parse_event(replace(with_payload({}), data=data), DocumentUploaded)


@pytest.mark.parametrize(
    "field", ["document", "tenant", "page", "sha256", "languages", "engine", "best", "requested_at"]
)
@pytest.mark.parametrize(
    "value", ["Mustermann", ["Mustermann"], {"engine": "Mustermann"}], ids=["text", "list", "object"]
)
def test_error_message_has_field_name_but_no_value(field: str, value: object) -> None:
    payload = {**json.loads(EXAMPLES[PageRequested.TYPE].model_dump_json()), field: value}
    if field == "tenant" and isinstance(value, str):
        payload["page"] = value
    with pytest.raises(InvalidEvent) as caught:
        parse_event(with_payload(payload), PageRequested)
    assert "Mustermann" not in str(caught.value)
    assert "page" in str(caught.value) or field in str(caught.value)


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        EXAMPLES[DocumentUploaded.TYPE].bucket = "other"  # type: ignore[attr-defined]  # the assignment must fail


def test_document_fields_contain_origin_of_document() -> None:
    request = EXAMPLES[PageRequested.TYPE]
    assert isinstance(request, PageRequested)
    assert set(request.document_fields) == {
        "document",
        "tenant",
        "bucket",
        "key",
        "version_id",
        "etag",
        "run",
        "uploaded_at",
    }
    assert all(getattr(request, name) == value for name, value in request.document_fields.items())


@pytest.mark.parametrize(("name", "shown"), [("lagnuages", "lagnuages"), ("in/acme/Müller.pdf", "?"), ("x" * 31, "?")])
def test_only_possible_field_names_are_in_error_message(name: str, shown: str) -> None:
    data = json.dumps({"bucket": "b", "key": "k", name: 1}).encode()
    with pytest.raises(InvalidEvent, match=re.escape(f"v1: {shown}: Extra")):
        parse_event(Envelope(id="1", source="/s", type=DocumentUploaded.TYPE, data=data), DocumentUploaded)

"""Payloads are read strictly where strangers write, tolerantly where we do, and nothing private leaks."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from events.catalogue import EVENTS
from events.document import DocumentUploaded
from events.envelope import Envelope, read
from events.errors import InvalidEvent
from events.event import Event
from events.examples import EXAMPLES, NOON, TRACEPARENT
from events.page import PageRequested

UPLOAD: dict[str, Any] = {"bucket": "b", "key": "in/acme/a.pdf"}


def said(event: Event) -> Envelope:
    return Envelope.around(event, function="intake", time=NOON, traceparent=TRACEPARENT)


def named(**attributes: Any) -> Envelope:
    return replace(holding({}), **attributes)


def holding(payload: object) -> Envelope:
    return Envelope(id="1", source="/s", type="t", data=json.dumps(payload).encode())


def test_there_is_an_example_of_every_event() -> None:
    assert list(EXAMPLES) == list(EVENTS)


@pytest.mark.parametrize("event", EXAMPLES.values(), ids=EXAMPLES)
def test_what_is_said_is_what_is_read(event: Event) -> None:
    assert read(said(event), type(event)) == event


@pytest.mark.parametrize("event", EXAMPLES.values(), ids=EXAMPLES)
def test_the_envelope_names_the_event_and_never_the_file(event: Event) -> None:
    envelope = said(event)
    assert (envelope.id, envelope.type, envelope.source) == (str(event.id), event.TYPE, "/pagebus/intake")
    attributes = " ".join((envelope.id, envelope.source, envelope.type, envelope.subject or ""))
    assert "Gewicht" not in attributes


def test_a_page_is_the_subject_of_its_events() -> None:
    request = EXAMPLES[PageRequested.TYPE]
    assert isinstance(request, PageRequested)
    assert request.subject == f"{request.document}/pages/2"
    assert EXAMPLES[DocumentUploaded.TYPE].subject is None


@pytest.mark.parametrize("value", ["Größe", "tab\there", "line\nbreak", "\x00", "\x7f"])
@pytest.mark.parametrize("attribute", ["id", "source", "type", "subject"])
def test_an_attribute_that_knative_would_mangle_is_refused(attribute: str, value: str) -> None:
    with pytest.raises(InvalidEvent, match=f"attribute {attribute} must be printable ASCII"):
        named(**{attribute: value}).checked()


def test_an_extension_that_knative_would_mangle_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="attribute tenant"):
        replace(holding({}), extensions={"tenant": "Müller"}).checked()


@pytest.mark.parametrize("event", [e for e in EXAMPLES.values() if not isinstance(e, DocumentUploaded)], ids=str)
def test_a_field_of_a_newer_version_is_passed_over(event: Event) -> None:
    newer = {**json.loads(event.model_dump_json()), "since_v9": True}
    assert read(holding(newer), type(event)) == event


@pytest.mark.parametrize("payload", [{**UPLOAD, "langages": ["deu"]}, {**UPLOAD, "options": {"langages": ["deu"]}}])
def test_a_misspelt_wish_of_an_uploader_is_refused_by_name(payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent, match="langages"):
        read(holding(payload), DocumentUploaded)


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
def test_an_upload_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent):
        read(holding({**UPLOAD, **wrong}), DocumentUploaded)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000], ids=range(6))
def test_data_that_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidEvent):
        read(replace(holding({}), data=data), DocumentUploaded)


@pytest.mark.parametrize(
    "field", ["document", "tenant", "page", "sha256", "languages", "engine", "best", "requested_at"]
)
@pytest.mark.parametrize(
    "value", ["Mustermann", ["Mustermann"], {"engine": "Mustermann"}], ids=["text", "list", "object"]
)
def test_a_refusal_names_the_field_and_never_its_value(field: str, value: object) -> None:
    payload = {**json.loads(EXAMPLES[PageRequested.TYPE].model_dump_json()), field: value}
    if field == "tenant" and isinstance(value, str):
        payload["page"] = value
    with pytest.raises(InvalidEvent) as refused:
        read(holding(payload), PageRequested)
    assert "Mustermann" not in str(refused.value)
    assert "page" in str(refused.value) or field in str(refused.value)


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        EXAMPLES[DocumentUploaded.TYPE].bucket = "other"  # type: ignore[attr-defined]  # that is the point


def test_every_event_of_a_document_repeats_where_it_came_from() -> None:
    request = EXAMPLES[PageRequested.TYPE]
    assert isinstance(request, PageRequested)
    assert set(request.origin()) == {"document", "tenant", "bucket", "key", "version_id", "etag", "run", "uploaded_at"}
    assert all(getattr(request, name) == value for name, value in request.origin().items())


@pytest.mark.parametrize(("name", "shown"), [("lagnuages", "lagnuages"), ("in/acme/Müller.pdf", "?"), ("x" * 31, "?")])
def test_a_misspelt_field_is_named_and_what_can_be_none_is_not_repeated(name: str, shown: str) -> None:
    data = json.dumps({"bucket": "b", "key": "k", name: 1}).encode()
    with pytest.raises(InvalidEvent, match=re.escape(f"v1: {shown}: Extra")):
        read(Envelope(id="1", source="/s", type=DocumentUploaded.TYPE, data=data), DocumentUploaded)

"""Ids are part of the contract: the ids in this file must never change."""

from typing import Any

import pytest

from events import identity
from events.document import DocumentUploaded, Options
from events.examples import EXAMPLES
from events.page import PageFailed, PageRecognized, PageRequested
from events.reasons import PageFailure


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (
            {"key": "in/acme/letter.pdf", "etag": "9a0364b9e99bb480dd25e1f0284c8555"},
            "dfd09bc0-c902-5b69-ae4c-6e077ad02b2f",
        ),
        (
            {"key": "in/acme/Größe & b+c 100%.png", "etag": '"9a0364b9e99bb480dd25e1f0284c8555-2"'},
            "82c98963-ed2c-54ec-ad56-b23fef475fca",
        ),
        ({"key": "in/acme/a/b/ü.pdf", "etag": "x", "run": 3}, "6f3c4b6a-15a2-5b78-b6d6-5583377ef1a1"),
    ],
    ids=["plain", "umlauts, signs, a quoted multipart etag", "folders, a fresh reading"],
)
def test_document_id_never_changes(parts: dict[str, Any], name: str) -> None:
    assert str(identity.compute_document_id(tenant="acme", bucket="pagebus-uploads", **parts)) == name


def test_object_id_never_changes() -> None:
    object_id = identity.compute_object_id("pagebus-uploads", "in/acme/Größe.pdf")
    assert str(object_id) == "1a3d57cd-a29a-5199-af1e-a1ca9fb240ff"


@pytest.mark.parametrize(
    ("event_type", "name"),
    [
        ("io.pagebus.document.uploaded.v1", "bc4fb070-f71c-5509-8d21-029f90ef65e3"),
        ("io.pagebus.document.accepted.v1", "6e7ae351-f252-5d51-b7fa-dc1ac4bcdec8"),
        ("io.pagebus.document.rejected.v1", "9a6109a6-57bf-58c5-908a-e9aa92c19d3a"),
        ("io.pagebus.page.requested.v1", "fefb6e75-9734-5342-871f-46bac8b0b428"),
        ("io.pagebus.page.recognized.v1", "e5df6079-7363-5c38-9c0a-fdeb17f68e57"),
        ("io.pagebus.page.failed.v1", "26cba601-1880-517e-9a79-231332f3cd94"),
        ("io.pagebus.document.recognized.v1", "1f1879d1-afae-57a6-ad48-da4792fc82ad"),
        ("io.pagebus.document.assembled.v1", "74c36a76-c903-5cce-95e8-0946260bc739"),
        ("io.pagebus.document.completed.v1", "440cb8db-60ad-5e73-8b1c-fe79f5c4613b"),
        ("io.pagebus.document.failed.v1", "de8d6af6-d5da-51f6-8a67-be10b5db9819"),
        ("io.pagebus.document.cancelled.v1", "fea08ad8-0dc7-5ea0-965a-af6bed084aaa"),
        ("io.pagebus.document.erased.v1", "93136d6b-a808-58df-8933-a2bdfb8dbdb3"),
    ],
)
def test_event_id_never_changes(event_type: str, name: str) -> None:
    assert str(EXAMPLES[event_type].id) == name


@pytest.mark.parametrize(
    "other",
    [
        {"tenant": "acme2"},
        {"bucket": "elsewhere"},
        {"key": "in/acme/b.pdf"},
        {"etag": "y"},
        {"run": 1},
        {"key": "in/acme/a.pdf/x", "etag": ""},
    ],
    ids=str,
)
def test_every_part_changes_the_document_id(other: dict[str, Any]) -> None:
    parts: dict[str, Any] = {"tenant": "acme", "bucket": "b", "key": "in/acme/a.pdf", "etag": "x", "run": 0}
    assert identity.compute_document_id(**{**parts, **other}) != identity.compute_document_id(**parts)


def test_quoted_etag_gives_same_document_id() -> None:
    parts: dict[str, Any] = {"tenant": "acme", "bucket": "b", "key": "k"}
    assert identity.compute_document_id(**parts, etag='"x"') == identity.compute_document_id(**parts, etag="x")


def test_keys_that_look_alike_have_different_ids() -> None:
    composed, decomposed = "in/acme/ü.pdf", "in/acme/u\u0308.pdf"
    assert identity.compute_object_id("b", composed) != identity.compute_object_id("b", decomposed)


def test_slash_in_part_gives_different_event_id() -> None:
    first = identity.compute_event_id("t", identity.Identity(engine="a/b", parameters="c"))
    second = identity.compute_event_id("t", identity.Identity(engine="a", parameters="b/c"))
    assert first != second


def test_repeated_event_has_same_id() -> None:
    for event in EXAMPLES.values():
        assert type(event).model_validate_json(event.model_dump_json()).id == event.id


def test_another_attempt_has_another_event_id() -> None:
    for event_type in (PageRequested, PageRecognized, PageFailed):
        event = EXAMPLES[event_type.TYPE]
        assert event.model_copy(update={"attempt": 2}).id != event.id


@pytest.mark.parametrize(
    ("event_type", "other"),
    [
        (PageRequested, {"engine": "tesseract"}),
        (PageRequested, {"page": 3}),
        (PageRecognized, {"engine_version": "3.11.0"}),
        (PageRecognized, {"languages": ("fra",)}),
        (PageFailed, {"reason": PageFailure.CRASHED}),
        (DocumentUploaded, {"first_page": 101}),
        (DocumentUploaded, {"options": Options(run=1)}),
        (DocumentUploaded, {"etag": "y"}),
    ],
)
def test_another_fact_is_another_event(event_type: type[Any], other: dict[str, Any]) -> None:
    event = EXAMPLES[event_type.TYPE]
    assert event.model_copy(update=other).id != event.id


def test_wording_and_timing_make_no_other_event() -> None:
    event = EXAMPLES[PageFailed.TYPE]
    assert event.model_copy(update={"message": "said differently"}).id == event.id


def test_forwarded_request_has_next_engine_and_best_reading() -> None:
    request = EXAMPLES[PageRequested.TYPE]
    assert isinstance(request, PageRequested)
    routed = request.model_copy(update={"engine": "tesseract", "route": ("rapidocr", "gotocr"), "best": None})
    passed = routed.forward_to_next_engine(request.best, why="not sure", now=request.requested_at)
    assert (passed.engine, passed.route, passed.best, passed.attempt) == ("rapidocr", ("gotocr",), request.best, 1)


@pytest.mark.parametrize(
    ("key", "tenant"),
    [
        ("in/acme/a.pdf", "acme"),
        ("announced/acme/b/c.pdf", "acme"),
        ("in/a.pdf", ""),
        ("in/acme/", ""),
        ("elsewhere/acme/a.pdf", ""),
        ("in//a.pdf", ""),
        ("in/../a.pdf", ""),
        ("in/./a.pdf", ""),
        ("in/.hidden/a.pdf", ""),
        (f"in/{'x' * 63}/a.pdf", "x" * 63),
        (f"in/{'x' * 64}/a.pdf", ""),
        ("in/größe/a.pdf", ""),
    ],
)
def test_tenant_is_a_valid_folder_name(key: str, tenant: str) -> None:
    assert identity.extract_tenant(key) == tenant

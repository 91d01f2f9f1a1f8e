"""Routes for the status of a document and its outputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from events.document import OutputFormat
from functions.gateway.api import create_gateway
from functions.gateway.store import DocumentDetails, DocumentStore, OutputDetails, PageDetails
from functions.runtime.app import add_watchdog
from functions.runtime.errors import Unavailable
from functions.runtime.storage import ObjectStream
from functions.runtime.watchdog import Watchdog

ID = UUID("5f0c2d3e-8a1b-5c4d-9e6f-7a8b9c0d1e2f")
URL = f"/v1/documents/{ID}"
TEXT = "Größe: 5 Maß Öl, 12,50 €".encode()


def make_document(state: str, **changes: object) -> DocumentDetails:
    at = datetime(2026, 3, 9, 12, tzinfo=UTC)
    fields: dict[str, object] = {
        "document": ID,
        "tenant": "acme",
        "bucket": "uploads",
        "key": "in/acme/Größe & Maß.png",
        "state": state,
        "pages": 2,
        "recognized": 1,
        "failed": 1,
        "reason": None,
        "message": None,
        "confidence": 0.9,
        "engine_seconds": 1.5,
        "created_at": at,
        "accepted_at": at,
        "ended_at": None,
    }
    return DocumentDetails.model_validate(fields | changes)


class FakeDocumentStore(DocumentStore):
    """A document in memory, or none."""

    def __init__(self, found: DocumentDetails | None) -> None:
        self._found = found

    def find(self, document: UUID) -> DocumentDetails | None:
        return self._found if document == ID else None

    def list_outputs(self, document: UUID) -> list[OutputDetails]:  # noqa: ARG002  # there is one document
        name = f"s3://results/documents/acme/{ID}/document.txt"
        return [
            OutputDetails(
                format=OutputFormat.TEXT, dataref=name, media_type="text/plain; charset=utf-8", size=len(TEXT)
            ),
        ]

    def list_pages(self, document: UUID) -> list[PageDetails]:  # noqa: ARG002  # there is one document
        nothing = dict.fromkeys(("engine", "engine_version", "confidence", "best_effort", "why", "reason", "message"))
        return [PageDetails.model_validate({**nothing, "page": 1, "state": "failed", "reason": "damaged_page"})]


@dataclass
class FakeBucket:
    """A results bucket with one object, or none."""

    body: bytes | None = TEXT
    opened: int = 0

    def open(self, document: DocumentDetails, output: OutputDetails) -> ObjectStream | None:  # noqa: ARG002  # there is one object
        self.opened += 1
        return None if self.body is None else ObjectStream(len(self.body), self._yield_parts(self.body))

    def _yield_parts(self, body: bytes) -> Iterator[bytes]:
        yield body[:5]
        yield body[5:]


def create_client(found: DocumentDetails | None, bucket: FakeBucket | None = None) -> FlaskClient:
    return create_app(FakeDocumentStore(found), bucket or FakeBucket()).test_client()


def create_app(store: DocumentStore, bucket: FakeBucket) -> Flask:
    return create_gateway(store=store, open_output=bucket.open, produce=lambda _: None)


def test_document_has_links_to_its_outputs() -> None:
    body = create_client(make_document("completed")).get(URL).get_json()
    assert (body["document"], body["state"], body["key"]) == (str(ID), "completed", "in/acme/Größe & Maß.png")
    assert (body["pages"], body["recognized"], body["failed"]) == (2, 1, 1)
    assert body["created_at"] == "2026-03-09T12:00:00Z"
    link = {"format": "text", "media_type": "text/plain; charset=utf-8", "size": len(TEXT), "href": f"{URL}/text"}
    assert body["outputs"] == [link]
    assert "page_list" not in body


def test_pages_are_listed_on_request() -> None:
    body = create_client(make_document("completed")).get(f"{URL}?pages=true").get_json()
    assert [(page["page"], page["state"], page["reason"]) for page in body["page_list"]] == [
        (1, "failed", "damaged_page")
    ]


def test_text_is_sent_unchanged() -> None:
    answer = create_client(make_document("completed")).get(f"{URL}/text")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert (answer.data, answer.content_length) == (TEXT, len(TEXT))
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")


def test_head_request_reads_nothing_from_store() -> None:
    bucket = FakeBucket()
    answer = create_client(make_document("completed"), bucket).head(f"{URL}/text")
    assert (answer.status_code, answer.content_length, answer.data, bucket.opened) == (200, len(TEXT), b"", 0)


@pytest.mark.parametrize("state", ["open", "assembling"])
def test_unfinished_text_is_conflict_with_state(state: str) -> None:
    answer = create_client(make_document(state)).get(f"{URL}/text")
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.get_json()["state"] == state


@pytest.mark.parametrize(
    ("state", "reason"),
    [("rejected", "damaged_pdf"), ("failed", "no_page_recognized"), ("cancelled", None), ("erased", None)],
)
def test_document_without_text_is_gone_with_reason(state: str, reason: str | None) -> None:
    answer = create_client(make_document(state, reason=reason)).get(f"{URL}/text")
    assert answer.status_code == 410
    assert (answer.get_json()["state"], answer.get_json()["reason"]) == (state, reason)


def test_missing_format_is_not_found() -> None:
    answer = create_client(make_document("completed")).get(f"{URL}/markdown")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert "text" in answer.get_json()["detail"]


def test_deleted_output_is_gone() -> None:
    assert create_client(make_document("completed"), FakeBucket(body=None)).get(f"{URL}/text").status_code == 410


@pytest.mark.parametrize("path", ["", "/text"])
def test_unknown_document_is_not_found(path: str) -> None:
    assert create_client(None).get(f"{URL}{path}").status_code == 404


@pytest.mark.parametrize("written", ["1", "x" * 36, f"{{{ID}}}", ID.hex, f"urn:uuid:{ID}", f"{ID}%0a"])
@pytest.mark.parametrize("path", ["", "/text"])
def test_malformed_id_is_bad_request(written: str, path: str) -> None:
    answer = create_client(None).get(f"/v1/documents/{written}{path}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_unknown_pages_value_is_bad_request() -> None:
    assert create_client(make_document("open")).get(f"{URL}?pages=yes").status_code == 400


def test_stopped_database_is_unavailable() -> None:
    class UnavailableStore(FakeDocumentStore):
        def find(self, document: UUID) -> DocumentDetails | None:  # noqa: ARG002  # it is down for every document
            raise Unavailable("PostgreSQL does not answer")

    assert create_app(UnavailableStore(None), FakeBucket()).test_client().get(URL).status_code == 503


def test_blocked_request_ends_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    monkeypatch.setattr("os._exit", lambda _: ended.set())

    class BlockingStore(FakeDocumentStore):
        def find(self, document: UUID) -> DocumentDetails | None:
            assert ended.wait(5)
            return super().find(document)

    app = create_app(BlockingStore(None), FakeBucket())
    add_watchdog(app, Watchdog(0.05))

    assert app.test_client().get(URL).status_code == 404

"""What people are told about a document, and how they get its text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from events.document import OutputFormat
from functions.gateway.api import application
from functions.gateway.records import Document, Output, Page, Records
from functions.runtime.app import add_watch
from functions.runtime.errors import Unavailable
from functions.runtime.storage import Stream
from functions.runtime.watchdog import Watchdog

ID = UUID("5f0c2d3e-8a1b-5c4d-9e6f-7a8b9c0d1e2f")
URL = f"/v1/documents/{ID}"
TEXT = "Größe: 5 Maß Öl, 12,50 €".encode()


def document(state: str, **changes: object) -> Document:
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
    return Document.model_validate(fields | changes)


class Kept(Records):
    """Records in memory."""

    def __init__(self, found: Document | None) -> None:
        self._found = found

    def find(self, document: UUID) -> Document | None:
        return self._found if document == ID else None

    def outputs(self, document: UUID) -> list[Output]:  # noqa: ARG002  # there is one document
        name = f"s3://results/documents/acme/{ID}/document.txt"
        return [
            Output(format=OutputFormat.TEXT, dataref=name, media_type="text/plain; charset=utf-8", size=len(TEXT)),
        ]

    def pages(self, document: UUID) -> list[Page]:  # noqa: ARG002  # there is one document
        nothing = dict.fromkeys(("engine", "engine_version", "confidence", "best_effort", "why", "reason", "message"))
        return [Page.model_validate({**nothing, "page": 1, "state": "failed", "reason": "damaged_page"})]


@dataclass
class Store:
    """A results bucket with one object, or none."""

    body: bytes | None = TEXT
    opened: int = 0

    def open(self, document: Document, output: Output) -> Stream | None:  # noqa: ARG002  # there is one object
        self.opened += 1
        return None if self.body is None else Stream(len(self.body), self._parts(self.body))

    def _parts(self, body: bytes) -> Iterator[bytes]:
        yield body[:5]
        yield body[5:]


def client(found: Document | None, store: Store | None = None) -> FlaskClient:
    return gateway(Kept(found), store or Store()).test_client()


def gateway(records: Records, store: Store) -> Flask:
    return application(records=records, open_=store.open, produce=lambda _: None)


def test_a_document_is_told_with_links_to_its_outputs() -> None:
    told = client(document("completed")).get(URL).get_json()
    assert (told["document"], told["state"], told["key"]) == (str(ID), "completed", "in/acme/Größe & Maß.png")
    assert (told["pages"], told["recognized"], told["failed"]) == (2, 1, 1)
    assert told["created_at"] == "2026-03-09T12:00:00Z"
    link = {"format": "text", "media_type": "text/plain; charset=utf-8", "size": len(TEXT), "href": f"{URL}/text"}
    assert told["outputs"] == [link]
    assert "page_list" not in told


def test_pages_are_told_when_they_are_asked_for() -> None:
    told = client(document("completed")).get(f"{URL}?pages=true").get_json()
    assert [(page["page"], page["state"], page["reason"]) for page in told["page_list"]] == [
        (1, "failed", "damaged_page")
    ]


def test_the_text_is_sent_as_it_was_written() -> None:
    answer = client(document("completed")).get(f"{URL}/text")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert (answer.data, answer.content_length) == (TEXT, len(TEXT))
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")


def test_asking_for_the_headers_reads_nothing_from_the_store() -> None:
    store = Store()
    answer = client(document("completed"), store).head(f"{URL}/text")
    assert (answer.status_code, answer.content_length, answer.data, store.opened) == (200, len(TEXT), b"", 0)


@pytest.mark.parametrize("state", ["open", "assembling"])
def test_a_text_that_is_not_ready_is_a_conflict_that_says_the_state(state: str) -> None:
    answer = client(document(state)).get(f"{URL}/text")
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.get_json()["state"] == state


@pytest.mark.parametrize(
    ("state", "reason"),
    [("rejected", "damaged_pdf"), ("failed", "no_page_recognized"), ("cancelled", None), ("erased", None)],
)
def test_a_document_without_text_says_why(state: str, reason: str | None) -> None:
    answer = client(document(state, reason=reason)).get(f"{URL}/text")
    assert answer.status_code == 410
    assert (answer.get_json()["state"], answer.get_json()["reason"]) == (state, reason)


def test_an_output_that_was_not_written_is_not_found() -> None:
    answer = client(document("completed")).get(f"{URL}/markdown")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert "text" in answer.get_json()["detail"]


def test_an_output_that_the_store_no_longer_has_is_gone() -> None:
    assert client(document("completed"), Store(body=None)).get(f"{URL}/text").status_code == 410


@pytest.mark.parametrize("path", ["", "/text"])
def test_an_unknown_document_is_not_found(path: str) -> None:
    assert client(None).get(f"{URL}{path}").status_code == 404


@pytest.mark.parametrize("written", ["1", "x" * 36, f"{{{ID}}}", ID.hex, f"urn:uuid:{ID}", f"{ID}%0a"])
@pytest.mark.parametrize("path", ["", "/text"])
def test_a_malformed_id_is_a_bad_request(written: str, path: str) -> None:
    answer = client(None).get(f"/v1/documents/{written}{path}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_misspelt_wish_is_a_bad_request() -> None:
    assert client(document("open")).get(f"{URL}?pages=yes").status_code == 400


def test_nothing_is_said_about_documents_while_the_database_is_down() -> None:
    class Down(Kept):
        def find(self, document: UUID) -> Document | None:  # noqa: ARG002  # it is down for all
            raise Unavailable("PostgreSQL does not answer")

    assert gateway(Down(None), Store()).test_client().get(URL).status_code == 503


def test_a_request_that_is_stuck_ends_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    monkeypatch.setattr("os._exit", lambda _: ended.set())

    class Stuck(Kept):
        def find(self, document: UUID) -> Document | None:
            assert ended.wait(5)
            return super().find(document)

    app = gateway(Stuck(None), Store())
    add_watch(app, Watchdog(0.05))

    assert app.test_client().get(URL).status_code == 404

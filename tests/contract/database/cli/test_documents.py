"""Queries of the CLI about documents and pages, against PostgreSQL."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.runtime.database import Database
from local.cli.queries import documents, outputs, pages
from local.cli.queries.explanations import describe_empty_pages, explain_failures
from local.cli.shell.errors import CommandFailedError
from local.cli.status.pending_work import PendingWork, list_pending_work
from tests.contract.database.rows import execute, persist_outcome
from tests.unit.persistence.outcomes import ExampleDocument

EXAMPLE = ExampleDocument("a.pdf", pages=3)
DOCUMENT = str(EXAMPLE.document_id)


@pytest.fixture
def persist(database: Database) -> Callable[..., None]:
    """Return a function that commits outcomes and empties their outbox rows."""

    def persist(*outcomes: Any) -> None:
        for outcome in outcomes:
            persist_outcome(database, outcome)

    return persist


def list_pending(url: str) -> list[PendingWork]:
    document = documents.find_document(url, DOCUMENT)
    return list_pending_work(document, documents.load_progress(url, DOCUMENT), pages.load_pages(url, DOCUMENT))


def test_pages_show_route_attempts_and_failure(url: str, database: Database, persist: Callable[..., None]) -> None:
    persist(EXAMPLE.make_accepted(route=("tesseract", "gotocr")), EXAMPLE.make_recognized(1), EXAMPLE.make_failed(2))
    execute(database, "UPDATE pages SET attempts = 3 WHERE page = 2")

    first, second, third = pages.load_pages(url, DOCUMENT)

    assert (first.state, first.engine, first.confidence, first.why) == ("recognized", "tesseract", 0.75, "a scan")
    assert (second.state, second.reason, second.message, second.attempts) == (
        "failed",
        "damaged_page",
        "It cannot be drawn.",
        3,
    )
    assert (third.state, third.route, third.why, third.engine) == ("requested", ("tesseract", "gotocr"), "a scan", None)


def test_pages_are_grouped_by_document(url: str, persist: Callable[..., None]) -> None:
    other, unknown = ExampleDocument("b.pdf", pages=1), str(ExampleDocument("c.pdf", pages=1).document_id)
    persist(EXAMPLE.make_accepted(), EXAMPLE.make_failed(2), other.make_accepted(), other.make_recognized(1, text=""))

    found = pages.load_pages_by_document(url, [DOCUMENT, str(other.document_id), unknown])

    assert [(page.page, page.state) for page in found[DOCUMENT]] == [
        (1, "requested"),
        (2, "failed"),
        (3, "requested"),
    ]
    assert [page.empty for page in found[str(other.document_id)]] == [True]
    assert found[unknown] == []


def test_pages_below_requested_confidence_are_counted(url: str, persist: Callable[..., None]) -> None:
    low = EXAMPLE.make_recognized(2, confidence=0.4, best_effort=True)
    empty = EXAMPLE.make_recognized(3, confidence=0.0, text="")
    persist(EXAMPLE.make_accepted(), EXAMPLE.make_recognized(1), low, empty)

    assert documents.find_document(url, DOCUMENT).low_confidence == 2
    assert [document.low_confidence for document in documents.list_newest(url, state=None, tenant=None, limit=9)] == [2]
    assert documents.load_progress(url, DOCUMENT).min_confidence == 0.7
    flags = [(page.low_confidence, page.best_effort, page.empty) for page in pages.load_pages(url, DOCUMENT)]
    assert flags == [(False, False, False), (True, True, False), (True, False, True)]


def test_all_queries_agree_on_uncertain_pages(url: str, persist: Callable[..., None]) -> None:
    high, unread = (
        EXAMPLE.make_recognized(1, confidence=1.0, text=""),
        EXAMPLE.make_recognized(2, confidence=0.0, text=""),
    )
    persist(
        EXAMPLE.make_accepted(), high, unread, EXAMPLE.make_recognized(3, confidence=0.4, text="", best_effort=True)
    )
    persist(EXAMPLE.make_assembled())
    completed = documents.find_document(url, DOCUMENT)

    low = [page.page for page in pages.load_pages(url, DOCUMENT) if page.low_confidence]

    assert low == [2, 3]
    assert (
        completed.low_confidence
        == documents.list_newest(url, state=None, tenant=None, limit=9)[0].low_confidence
        == len(low)
    )
    assert describe_empty_pages(url, [completed]) == {DOCUMENT: "Page 1 is empty. No text was recognized on pages 2-3."}


def test_requested_pages_wait_for_first_engine(url: str, database: Database, persist: Callable[..., None]) -> None:
    persist(EXAMPLE.make_accepted(route=("tesseract", "gotocr")), EXAMPLE.make_recognized(1))
    execute(database, "UPDATE pages SET attempts = 2 WHERE page = 3")
    execute(database, "UPDATE documents SET pushed_at = pushed_at + interval '5 minutes', pushes = 1")

    [work] = list_pending(url)

    assert (work.function, work.pages, work.remaining_engines, work.requests) == ("tesseract", (2, 3), ("gotocr",), 2)
    assert work.requested_at > work.since


def test_document_without_acceptance_waits_for_intake(url: str, persist: Callable[..., None]) -> None:
    persist(EXAMPLE.make_recognized(1))

    assert [(work.function, work.pages) for work in list_pending(url)] == [("intake", ())]


def test_unplanned_and_text_layer_pages_wait_for_intake(url: str, persist: Callable[..., None]) -> None:
    persist(EXAMPLE.make_accepted(last=2, route=()), EXAMPLE.make_recognized(1))

    assert [(work.function, work.pages) for work in list_pending(url)] == [("intake", (3,)), ("intake", (2,))]


def test_complete_document_waits_for_assembly_only(url: str, persist: Callable[..., None]) -> None:
    persist(EXAMPLE.make_accepted(), *(EXAMPLE.make_recognized(page) for page in (1, 2, 3)))
    assert [(work.function, work.pages) for work in list_pending(url)] == [("assembly", ())]

    persist(EXAMPLE.make_assembled())
    assert list_pending(url) == []


def test_documents_are_counted_in_order_of_states(url: str, persist: Callable[..., None]) -> None:
    for name in ("b", "c"):
        persist(ExampleDocument(name, pages=1).make_rejected())
    persist(EXAMPLE.make_accepted())

    assert documents.count_by_state(url, None) == {"open": 1, "rejected": 2}
    assert list(documents.count_by_state(url, "acme")) == ["open", "rejected"]
    assert documents.count_by_state(url, "nobody") == {}


def test_outputs_of_several_documents_are_loaded(url: str, persist: Callable[..., None]) -> None:
    persist(EXAMPLE.make_accepted(), *(EXAMPLE.make_recognized(page) for page in (1, 2, 3)), EXAMPLE.make_assembled())

    assert outputs.load_locations_by_document(url, [DOCUMENT, "0" * 32]) == {
        DOCUMENT: {"text": "s3://results/documents/t"}
    }
    assert outputs.load_locations(url, DOCUMENT) == {"text": "s3://results/documents/t"}
    assert outputs.load_locations_by_document(url, []) == {}


def test_missing_document_fails_command(url: str) -> None:
    with pytest.raises(CommandFailedError, match="no longer exists"):
        documents.load_progress(url, DOCUMENT)


def test_failed_document_is_explained_by_first_page(url: str, persist: Callable[..., None]) -> None:
    persist(EXAMPLE.make_accepted(), *(EXAMPLE.make_failed(page) for page in (1, 2, 3)))
    persist(EXAMPLE.make_assembled())

    assert explain_failures(url, [documents.find_document(url, DOCUMENT)]) == {
        DOCUMENT: "None of the document's pages could be read; the status of each page has the reason. "
        "Page 1: damaged_page: It cannot be drawn."
    }


def test_rejected_document_is_explained_by_its_message(url: str, persist: Callable[..., None]) -> None:
    persist(EXAMPLE.make_rejected())

    assert explain_failures(url, [documents.find_document(url, DOCUMENT)]) == {
        DOCUMENT: EXAMPLE.make_rejected().message
    }


def test_empty_pages_differ_from_unread_pages(url: str, persist: Callable[..., None]) -> None:
    empty = [
        EXAMPLE.make_recognized(page, text="", confidence=confidence)
        for page, confidence in ((1, 1.0), (2, 1.0), (3, 0.0))
    ]
    persist(EXAMPLE.make_accepted(), *empty)
    persist(EXAMPLE.make_assembled())
    completed = documents.find_document(url, DOCUMENT)

    assert describe_empty_pages(url, [completed]) == {
        DOCUMENT: "Pages 1-2 are empty. No text was recognized on page 3."
    }
    assert explain_failures(url, [completed]) == {}

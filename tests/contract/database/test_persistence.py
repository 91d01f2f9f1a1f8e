"""Outcomes are committed and published once, in any order and however often they arrive."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest

from events.catalogue import Outcome
from events.document import DocumentAccepted, DocumentCompleted, DocumentFailed, DocumentRecognized, DocumentRejected
from events.errors import InvalidEvent
from events.event import Event
from events.page import PageFailed, PageRecognized
from functions.persistence.outbox import OutboxPublisher
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from functions.runtime.trace import NO_TRACE, Trace
from local.platform.server import PlatformServer, start_server, stop_server
from local.platform.state import Platform
from tests.contract.database.rows import commit_outcome, select_document, select_rows
from tests.unit.persistence.outcomes import ExampleDocument

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#: A number that no integer column can hold.
TOO_LARGE = 2**31
HandleOutcome = Callable[[Outcome], list[Event]]


@pytest.fixture
def commit(database: Database) -> HandleOutcome:
    """Return a function that commits without publishing, like a process that is killed in between."""
    return lambda outcome: commit_outcome(database, outcome, traceparent=TRACEPARENT)


@pytest.fixture
def published() -> list[Event]:
    return []


@pytest.fixture
def persist(database: Database, commit: HandleOutcome, published: list[Event]) -> HandleOutcome:
    """Return a function that commits and publishes."""

    def publish(events: Sequence[Event], trace: Trace = NO_TRACE) -> None:
        assert trace is NO_TRACE
        published.extend(events)

    publisher = OutboxPublisher(publish, database)

    def commit_and_publish(outcome: Outcome) -> list[Event]:
        events = commit(outcome)
        publisher.publish(events)
        return events

    return commit_and_publish


def test_document_of_three_pages_is_completed(
    database: Database, persist: HandleOutcome, published: list[Event]
) -> None:
    example = ExampleDocument("a.pdf", pages=3)
    for outcome in (
        example.make_accepted(),
        example.make_recognized(1),
        example.make_failed(2),
        example.make_recognized(3, confidence=0.25),
    ):
        persist(outcome)
    persist(example.make_assembled())
    kinds = [DocumentAccepted, PageRecognized, PageFailed, PageRecognized, DocumentRecognized, DocumentCompleted]
    assert [type(event) for event in published] == kinds
    end = published[-1]
    assert isinstance(end, DocumentCompleted)
    assert (end.confidence, end.engine_seconds, end.pages) == (0.5, 3.0, 3)
    assert [failed.page for failed in end.failed_pages] == [2]
    row = select_document(database, example)
    assert (row["state"], row["recognized"], row["failed"], row["confidence"]) == ("completed", 2, 1, 0.5)
    assert row["traceparent"] == TRACEPARENT
    assert row["languages"] == ["deu", "eng"]
    pages = select_rows(database, "SELECT page, state, text, reason, route FROM pages ORDER BY page")
    assert [(page["state"], page["text"], page["reason"]) for page in pages] == [
        ("recognized", "Größe 1", None),
        ("failed", None, "damaged_page"),
        ("recognized", "Größe 3", None),
    ]
    assert {tuple(page["route"]) for page in pages} == {("tesseract",)}
    assert [row["format"] for row in select_rows(database, "SELECT format FROM outputs")] == ["text"]


def test_rejected_document_has_reason(database: Database, persist: HandleOutcome, published: list[Event]) -> None:
    example = ExampleDocument("b.pdf", pages=1)
    persist(example.make_rejected())
    assert [type(event) for event in published] == [DocumentRejected]
    row = select_document(database, example)
    assert (row["state"], row["reason"], row["ended_at"] is None) == ("rejected", "damaged_pdf", False)


def test_document_without_recognized_page_fails(
    database: Database, persist: HandleOutcome, published: list[Event]
) -> None:
    example = ExampleDocument("c.pdf", pages=1)
    for outcome in (example.make_accepted(), example.make_failed(1), example.make_assembled()):
        persist(outcome)
    assert isinstance(published[-1], DocumentFailed)
    row = select_document(database, example)
    assert (row["state"], row["reason"]) == ("failed", "no_page_recognized")


def test_any_order_of_outcomes_gives_same_rows(database: Database, persist: HandleOutcome) -> None:
    for n, order in enumerate(permutations(range(3))):
        example = ExampleDocument(f"{n}.pdf", pages=2)
        outcomes = (example.make_accepted(), example.make_recognized(1), example.make_recognized(2))
        for outcome in (*(outcomes[i] for i in order), example.make_assembled()):
            persist(outcome)
    ends = select_rows(database, "SELECT DISTINCT state, pages, recognized, failed FROM documents")
    assert ends == [{"state": "completed", "pages": 2, "recognized": 2, "failed": 0}]
    assert len(select_rows(database, "SELECT FROM pages WHERE route IS NOT NULL")) == 12


def test_unpublished_events_are_returned_again_with_same_ids(commit: HandleOutcome) -> None:
    example = ExampleDocument("d.pdf", pages=1)
    for outcome in (example.make_accepted(), example.make_recognized(1), example.make_assembled()):
        first = commit(outcome)
        assert first
        assert [event.id for event in commit(outcome)] == [event.id for event in first]


def test_repeated_outcome_after_publishing_publishes_nothing(persist: HandleOutcome, published: list[Event]) -> None:
    example = ExampleDocument("e.pdf", pages=1)
    outcomes = (example.make_accepted(), example.make_recognized(1), example.make_assembled())
    for outcome in (*outcomes, *outcomes):
        persist(outcome)
        persist(outcome)
    assert len(published) == 4


def test_recognized_page_replaces_unpublished_failure(database: Database, commit: HandleOutcome) -> None:
    example = ExampleDocument("f.pdf", pages=1)
    commit(example.make_failed(1))
    assert commit(example.make_recognized(1)) == [example.make_recognized(1)]
    assert commit(example.make_failed(1)) == []
    assert [row["fact"] for row in select_rows(database, "SELECT fact FROM outbox")] == [example.make_recognized(1).id]


def test_outcome_without_change_keeps_moved_at(database: Database, persist: HandleOutcome) -> None:
    example = ExampleDocument("g.pdf", pages=2)
    persist(example.make_accepted())
    moved = select_document(database, example)["moved_at"]
    persist(example.make_accepted())
    assert select_document(database, example)["moved_at"] == moved
    persist(example.make_recognized(1))
    assert select_document(database, example)["moved_at"] > moved


def test_concurrent_deliveries_complete_document_once(database: Database, commit: HandleOutcome) -> None:
    example = ExampleDocument("h.pdf", pages=6)
    outcomes = [
        example.make_accepted(1, 3),
        example.make_accepted(4, 6),
        *(example.make_recognized(page) for page in range(1, 7)),
    ]
    published: list[Event] = []

    def publish(events: Sequence[Event], trace: Trace = NO_TRACE) -> None:
        del trace
        published.extend(events)

    publisher = OutboxPublisher(publish, database)
    with ThreadPoolExecutor(8) as pool:
        for n in range(0, len(outcomes) * 4, 8):
            list(
                pool.map(
                    lambda outcome: publisher.publish(commit(outcome)),
                    ([*outcomes, *reversed(outcomes)] * 2)[n : n + 8],
                )
            )
        list(pool.map(lambda outcome: publisher.publish(commit(outcome)), [example.make_assembled()] * 8))
    row = select_document(database, example)
    assert (row["state"], row["recognized"], row["failed"]) == ("completed", 6, 0)
    # A delivery between commit and publishing publishes the same events again, with the same ids.
    ids = Counter({event.id: type(event) for event in published}.values())
    assert ids == {DocumentAccepted: 1, PageRecognized: 6, DocumentRecognized: 1, DocumentCompleted: 1}
    assert select_rows(database, "SELECT FROM outbox") == []


def test_outcomes_continue_after_postgres_restart(
    persist: HandleOutcome, published: list[Event], platform: Platform, server: PlatformServer
) -> None:
    example = ExampleDocument("i.pdf", pages=1)
    persist(example.make_accepted())
    stop_server(platform.home, server)
    with pytest.raises(Unavailable):
        persist(example.make_recognized(1))
    start_server(platform.home, server)
    persist(example.make_recognized(1))
    persist(example.make_assembled())
    assert isinstance(published[-1], DocumentCompleted)


def test_nul_and_long_names_are_stored(database: Database, persist: HandleOutcome) -> None:
    example = ExampleDocument("\0" + "x" * 9000, pages=1)
    page = example.make_recognized(1).model_copy(update={"text": "a\0b"})
    for outcome in (example.make_accepted(), page, example.make_assembled()):
        persist(outcome)
    assert select_document(database, example)["state"] == "completed"
    assert select_rows(database, "SELECT text FROM pages") == [{"text": "a\ufffdb"}]


def test_page_beyond_last_is_invalid_event(commit: HandleOutcome) -> None:
    with pytest.raises(InvalidEvent):
        commit(ExampleDocument("j.pdf", pages=1).make_recognized(2))


@pytest.mark.parametrize(
    "outcome",
    [
        ExampleDocument("k.pdf", pages=1).make_accepted().model_copy(update={"run": TOO_LARGE}),
        ExampleDocument("k.pdf", pages=1).make_rejected().model_copy(update={"run": TOO_LARGE}),
        ExampleDocument("k.pdf", pages=1).make_accepted().model_copy(update={"pages": TOO_LARGE}),
        ExampleDocument("k.pdf", pages=1).make_recognized(1).model_copy(update={"page": TOO_LARGE, "pages": TOO_LARGE}),
        ExampleDocument("k.pdf", pages=1).make_failed(1).model_copy(update={"page": 2**70, "pages": 2**70}),
    ],
)
def test_number_too_large_for_column_is_invalid_event(
    database: Database, commit: HandleOutcome, outcome: Outcome
) -> None:
    with pytest.raises(InvalidEvent):
        commit(outcome)
    assert select_rows(database, "SELECT FROM documents") == []


@pytest.mark.parametrize(
    "last", [ExampleDocument("l.pdf", pages=2).make_accepted(), ExampleDocument("l.pdf", pages=2).make_recognized(1)]
)
def test_fewer_pages_than_recognized_is_invalid_event(database: Database, commit: HandleOutcome, last: Outcome) -> None:
    example = ExampleDocument("l.pdf", pages=4)
    for page in (2, 3, 4):
        commit(example.make_recognized(page))
    with pytest.raises(InvalidEvent):
        commit(last)
    row = select_document(database, example)
    assert (row["pages"], row["recognized"]) == (4, 3)


def test_repeated_unpublished_outcome_records_metrics_once(database: Database) -> None:
    outcome = ExampleDocument("once.pdf", 1).make_accepted()
    recorded: list[tuple[Event, str | None]] = []

    def record(event: Event, origin: str | None) -> None:
        recorded.append((event, origin))

    first, again = (commit_outcome(database, outcome, traceparent=TRACEPARENT, record_metrics=record) for _ in range(2))

    assert first == again == [outcome]
    assert recorded == [(outcome, TRACEPARENT)]

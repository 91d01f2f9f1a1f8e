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
from functions.persistence.handler import handle
from functions.persistence.unsaid import forgetting
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from functions.runtime.trace import UNTRACED, Trace
from local.platform.part import Part, bring_up, take_down
from local.platform.state import Platform
from tests.contract.database.rows import document_row, rows
from tests.unit.persistence.outcomes import Made

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#: What no integer column holds.
BEYOND = 2**31
Take = Callable[[Outcome], list[Event]]


@pytest.fixture
def commit(database: Database) -> Take:
    """Commit without publishing, as by a process that is killed in between."""
    return lambda outcome: handle(outcome, traceparent=TRACEPARENT, database=database).facts


@pytest.fixture
def said() -> list[Event]:
    return []


@pytest.fixture
def take(database: Database, commit: Take, said: list[Event]) -> Take:
    """Commit and publish."""

    def publish(events: Sequence[Event], trace: Trace = UNTRACED) -> None:
        assert trace is UNTRACED
        said.extend(events)

    say = forgetting(publish, database)

    def both(outcome: Outcome) -> list[Event]:
        events = commit(outcome)
        say(events)
        return events

    return both


def test_a_document_of_three_pages_from_its_acceptance_to_its_end(
    database: Database, take: Take, said: list[Event]
) -> None:
    made = Made("a.pdf", pages=3)
    for outcome in (made.accepted(), made.recognized(1), made.failed(2), made.recognized(3, confidence=0.25)):
        take(outcome)
    take(made.assembled())
    kinds = [DocumentAccepted, PageRecognized, PageFailed, PageRecognized, DocumentRecognized, DocumentCompleted]
    assert [type(event) for event in said] == kinds
    end = said[-1]
    assert isinstance(end, DocumentCompleted)
    assert (end.confidence, end.engine_seconds, end.pages) == (0.5, 3.0, 3)
    assert [failed.page for failed in end.failed_pages] == [2]
    row = document_row(database, made)
    assert (row["state"], row["recognized"], row["failed"], row["confidence"]) == ("completed", 2, 1, 0.5)
    assert row["traceparent"] == TRACEPARENT
    assert row["languages"] == ["deu", "eng"]
    pages = rows(database, "SELECT page, state, text, reason, route FROM pages ORDER BY page")
    assert [(page["state"], page["text"], page["reason"]) for page in pages] == [
        ("recognized", "Größe 1", None),
        ("failed", None, "damaged_page"),
        ("recognized", "Größe 3", None),
    ]
    assert {tuple(page["route"]) for page in pages} == {("tesseract",)}
    assert [row["format"] for row in rows(database, "SELECT format FROM outputs")] == ["text"]


def test_a_rejected_document_says_why(database: Database, take: Take, said: list[Event]) -> None:
    made = Made("b.pdf", pages=1)
    take(made.rejected())
    assert [type(event) for event in said] == [DocumentRejected]
    row = document_row(database, made)
    assert (row["state"], row["reason"], row["ended_at"] is None) == ("rejected", "damaged_pdf", False)


def test_a_document_without_a_page_that_could_be_read_fails(database: Database, take: Take, said: list[Event]) -> None:
    made = Made("c.pdf", pages=1)
    for outcome in (made.accepted(), made.failed(1), made.assembled()):
        take(outcome)
    assert isinstance(said[-1], DocumentFailed)
    row = document_row(database, made)
    assert (row["state"], row["reason"]) == ("failed", "no_page_recognized")


def test_every_order_of_the_outcomes_leads_to_the_same_rows(database: Database, take: Take) -> None:
    for n, order in enumerate(permutations(range(3))):
        made = Made(f"{n}.pdf", pages=2)
        outcomes = (made.accepted(), made.recognized(1), made.recognized(2))
        for outcome in (*(outcomes[i] for i in order), made.assembled()):
            take(outcome)
    ends = rows(database, "SELECT DISTINCT state, pages, recognized, failed FROM documents")
    assert ends == [{"state": "completed", "pages": 2, "recognized": 2, "failed": 0}]
    assert len(rows(database, "SELECT FROM pages WHERE route IS NOT NULL")) == 12


def test_what_was_committed_and_not_published_is_said_again_under_the_same_ids(commit: Take) -> None:
    made = Made("d.pdf", pages=1)
    for outcome in (made.accepted(), made.recognized(1), made.assembled()):
        first = commit(outcome)
        assert first
        assert [event.id for event in commit(outcome)] == [event.id for event in first]


def test_what_was_published_is_not_said_again(take: Take, said: list[Event]) -> None:
    made = Made("e.pdf", pages=1)
    outcomes = (made.accepted(), made.recognized(1), made.assembled())
    for outcome in (*outcomes, *outcomes):
        take(outcome)
        take(outcome)
    assert len(said) == 4


def test_a_page_that_failed_unsaid_and_was_then_recognized_never_failed(database: Database, commit: Take) -> None:
    made = Made("f.pdf", pages=1)
    commit(made.failed(1))
    assert commit(made.recognized(1)) == [made.recognized(1)]
    assert commit(made.failed(1)) == []
    assert [row["fact"] for row in rows(database, "SELECT fact FROM unsaid")] == [made.recognized(1).id]


def test_an_outcome_that_changes_nothing_is_no_progress(database: Database, take: Take) -> None:
    made = Made("g.pdf", pages=2)
    take(made.accepted())
    moved = document_row(database, made)["moved_at"]
    take(made.accepted())
    assert document_row(database, made)["moved_at"] == moved
    take(made.recognized(1))
    assert document_row(database, made)["moved_at"] > moved


def test_eight_that_deliver_everything_at_once_end_the_document_once(database: Database, commit: Take) -> None:
    made = Made("h.pdf", pages=6)
    outcomes = [made.accepted(1, 3), made.accepted(4, 6), *(made.recognized(page) for page in range(1, 7))]
    changed: list[Event] = []

    def publish(events: Sequence[Event], trace: Trace = UNTRACED) -> None:
        del trace
        changed.extend(events)

    say = forgetting(publish, database)
    with ThreadPoolExecutor(8) as pool:
        for n in range(0, len(outcomes) * 4, 8):
            list(pool.map(lambda outcome: say(commit(outcome)), ([*outcomes, *reversed(outcomes)] * 2)[n : n + 8]))
        list(pool.map(lambda outcome: say(commit(outcome)), [made.assembled()] * 8))
    row = document_row(database, made)
    assert (row["state"], row["recognized"], row["failed"]) == ("completed", 6, 0)
    # Another delivery may come between commit and publishing; it says the same, under the same id.
    ids = Counter({event.id: type(event) for event in changed}.values())
    assert ids == {DocumentAccepted: 1, PageRecognized: 6, DocumentRecognized: 1, DocumentCompleted: 1}
    assert rows(database, "SELECT FROM unsaid") == []


def test_postgres_that_stops_gives_up_nothing(take: Take, said: list[Event], platform: Platform, server: Part) -> None:
    made = Made("i.pdf", pages=1)
    take(made.accepted())
    take_down(platform.home, server)
    with pytest.raises(Unavailable):
        take(made.recognized(1))
    bring_up(platform.home, server)
    take(made.recognized(1))
    take(made.assembled())
    assert isinstance(said[-1], DocumentCompleted)


def test_hostile_names_and_texts_are_kept(database: Database, take: Take) -> None:
    made = Made("\0" + "x" * 9000, pages=1)
    page = made.recognized(1).model_copy(update={"text": "a\0b"})
    for outcome in (made.accepted(), page, made.assembled()):
        take(outcome)
    assert document_row(database, made)["state"] == "completed"
    assert rows(database, "SELECT text FROM pages") == [{"text": "a\ufffdb"}]


def test_a_page_beyond_the_last_is_an_unusable_event(commit: Take) -> None:
    with pytest.raises(InvalidEvent):
        commit(Made("j.pdf", pages=1).recognized(2))


@pytest.mark.parametrize(
    "outcome",
    [
        Made("k.pdf", pages=1).accepted().model_copy(update={"run": BEYOND}),
        Made("k.pdf", pages=1).rejected().model_copy(update={"run": BEYOND}),
        Made("k.pdf", pages=1).accepted().model_copy(update={"pages": BEYOND}),
        Made("k.pdf", pages=1).recognized(1).model_copy(update={"page": BEYOND, "pages": BEYOND}),
        Made("k.pdf", pages=1).failed(1).model_copy(update={"page": 2**70, "pages": 2**70}),
    ],
)
def test_a_number_that_no_column_holds_makes_an_unusable_event(
    database: Database, commit: Take, outcome: Outcome
) -> None:
    with pytest.raises(InvalidEvent):
        commit(outcome)
    assert rows(database, "SELECT FROM documents") == []


@pytest.mark.parametrize("last", [Made("l.pdf", pages=2).accepted(), Made("l.pdf", pages=2).recognized(1)])
def test_a_document_that_has_fewer_pages_than_were_read_is_an_unusable_event(
    database: Database, commit: Take, last: Outcome
) -> None:
    made = Made("l.pdf", pages=4)
    for page in (2, 3, 4):
        commit(made.recognized(page))
    with pytest.raises(InvalidEvent):
        commit(last)
    row = document_row(database, made)
    assert (row["pages"], row["recognized"]) == (4, 3)


def test_what_is_committed_is_new_once_however_often_publishing_it_fails(database: Database) -> None:
    outcome = Made("once.pdf", 1).accepted()

    first, again = (handle(outcome, traceparent=TRACEPARENT, database=database) for _ in range(2))

    assert first.facts == again.facts == [outcome]
    assert (first.is_new, again.is_new) == (True, False)

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from events.document import DocumentAccepted, DocumentFailed, DocumentRecognized, DocumentUploaded
from events.envelope import Envelope
from events.page import PageFailed, PageRequested
from events.reasons import DocumentFailure, PageFailure
from functions.dead_letter.store import keep
from functions.persistence.handler import handle as commit
from functions.reconciler.handler import Rounds
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from tests.contract.database.reconciler.rounds import LETTER, TRACEPARENT, Said, age, look
from tests.contract.database.rows import document_row, execute, rows
from tests.unit.persistence.outcomes import Made


def test_a_document_that_moves_is_left_alone(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted())
    age(database, 299)
    look(rounds)
    assert said.events == []


def test_pages_without_a_result_are_requested_again_with_growing_pauses(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted(), LETTER.recognized(2))
    for attempt, pause in ((2, 300), (3, 600), (4, 1200), (5, 2400), (6, 3600), (7, 3600)):
        age(database, pause - 5)
        look(rounds)
        assert said.events == []
        age(database, 6)
        look(rounds)
        events = said.taken()
        assert [type(event) for event in events] == [PageRequested, PageRequested]
        assert [(e.page, e.attempt) for e in events if isinstance(e, PageRequested)] == [(1, attempt), (3, attempt)]
    assert set(said.traces) == {TRACEPARENT}


def test_a_document_that_moved_is_patient_again(database: Database, rounds: Rounds, take: Callable[..., None]) -> None:
    take(LETTER.accepted())
    age(database, 301)
    look(rounds)
    assert document_row(database, LETTER)["pushes"] == 1
    take(LETTER.recognized(1))
    assert document_row(database, LETTER)["pushes"] == 0


def test_a_range_that_is_missing_is_planned_again(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted(1, 1), LETTER.recognized(1))
    age(database, 301)
    look(rounds)
    (event,) = said.events
    assert isinstance(event, DocumentUploaded)
    assert (event.first_page, event.options.languages, event.options.engines) == (2, ("deu", "eng"), ("tesseract",))


def test_a_text_layer_that_was_lost_is_read_again_by_intake(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted(route=()), LETTER.recognized(1))
    age(database, 301)
    look(rounds)
    (event,) = said.events
    assert isinstance(event, DocumentUploaded)
    assert event.first_page == 2


def test_pages_that_came_without_an_acceptance_have_their_document_announced(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(*(LETTER.recognized(n) for n in (1, 2, 3)))
    age(database, 301)
    look(rounds)
    assert [type(event) for event in said.events] == [DocumentUploaded]


def test_a_document_that_is_not_assembled_is_sent_there_again(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted(), *(LETTER.recognized(n) for n in (1, 2, 3)))
    age(database, 301)
    look(rounds)
    assert [type(event) for event in said.events] == [DocumentRecognized]


def letter(page: int, code: str | None, attempt: int) -> Envelope:
    extensions = {"knativeerrordest": "http://tesseract"} | ({"knativeerrorcode": code} if code else {})
    subject = f"{LETTER.origin['document']}/pages/{page}"
    return Envelope(
        id=f"{page}-{attempt}",
        source="/pagebus/intake",
        type=PageRequested.TYPE,
        subject=subject,
        extensions=extensions,
    )


@pytest.mark.parametrize("code", ["500", "502"])
def test_a_page_that_ends_its_engine_is_given_up_and_no_other(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], code: str
) -> None:
    take(LETTER.accepted())
    for attempt in range(5):
        keep(database, letter(1, code, attempt))
    age(database, 301)
    look(rounds)
    (failed,) = (event for event in said.events if isinstance(event, PageFailed))
    assert (failed.page, failed.reason) == (1, PageFailure.GAVE_UP)
    assert [event.page for event in said.events if isinstance(event, PageRequested)] == [2, 3]


@pytest.mark.parametrize("code", ["404", "408", "409", "429", "503", "504", None])
def test_no_page_is_given_up_for_an_engine_that_is_absent(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], code: str | None
) -> None:
    take(LETTER.accepted())
    for attempt in range(9):
        keep(database, letter(1, code, attempt))
    execute(database, "UPDATE pages SET attempts = 9")
    age(database, 301)
    look(rounds)
    assert [event.page for event in said.events if isinstance(event, PageRequested)] == [1, 2, 3]


def test_a_page_whose_engines_have_no_topic_ends_and_stops_no_other(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    other = Made("other.pdf", pages=1)
    take(LETTER.accepted(route=("surya",)), other.accepted())
    age(database, 301)
    look(rounds)

    failed = [event for event in said.events if isinstance(event, PageFailed)]
    assert [(event.page, event.reason) for event in failed] == [(page, PageFailure.NO_ENGINE) for page in (1, 2, 3)]
    (request,) = [event for event in said.events if isinstance(event, PageRequested)]
    assert (request.document, request.engine) == (other.origin["document"], "tesseract")


def test_requests_that_wait_behind_others_are_not_held_against_a_page(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted())
    for attempt in (0, 1, 2, 3, 3, 3):
        keep(database, letter(1, "502", attempt))
    execute(database, "UPDATE pages SET attempts = 99")
    age(database, 301)
    look(rounds)
    assert [type(event) for event in said.events] == [PageRequested] * 3


@pytest.mark.parametrize("outcomes", [(), (LETTER.accepted(),), (LETTER.recognized(1),)])
def test_a_document_past_its_deadline_ends(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], outcomes: tuple[Any, ...]
) -> None:
    take(*(outcomes or (LETTER.accepted(), *(LETTER.failed(n) for n in (1, 2, 3)))))
    age(database, 24 * 3600 + 1)
    look(rounds)
    (event,) = said.events
    assert isinstance(event, DocumentFailed)
    assert event.reason is DocumentFailure.DEADLINE_EXCEEDED
    take(event)
    assert document_row(database, LETTER)["state"] == "failed"
    age(database, 24 * 3600)
    said.taken()
    look(rounds)
    assert said.events == []


def test_what_was_committed_and_never_published_is_said_in_the_end(
    database: Database, rounds: Rounds, said: Said
) -> None:
    commit(LETTER.accepted(), traceparent=TRACEPARENT, database=database)
    age(database, 299)
    look(rounds)
    assert said.taken() == []
    age(database, 2)
    execute(database, "UPDATE documents SET pushed_at = now()")
    look(rounds)
    (event,) = said.events
    assert isinstance(event, DocumentAccepted)
    assert commit(event, traceparent=None, database=database).facts == [event]


def test_nothing_is_counted_while_kafka_is_away(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted())
    age(database, 301)
    said.is_down = True
    with pytest.raises(Unavailable):
        look(rounds)
    assert document_row(database, LETTER)["pushes"] == 0


def test_a_document_that_no_event_can_be_made_of_stops_no_other(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    odd, sound = Made("odd.pdf", pages=1), Made("sound.pdf", pages=1)
    take(odd.accepted())
    age(database, 1)
    take(sound.accepted())
    execute(database, "UPDATE documents SET languages = '{?}' WHERE document = %s", odd.origin["document"])
    age(database, 301)
    look(rounds)
    assert [event.document for event in said.taken() if isinstance(event, PageRequested)] == [sound.origin["document"]]
    assert document_row(database, odd)["pushes"] == 1
    look(rounds)
    assert document_row(database, odd)["pushes"] == 1


def test_an_outcome_that_cannot_be_read_any_more_stops_no_other(database: Database, rounds: Rounds, said: Said) -> None:
    odd, sound = Made("odd.pdf", pages=1), Made("sound.pdf", pages=1)
    commit(odd.accepted(), traceparent=TRACEPARENT, database=database)
    age(database, 1)
    commit(sound.accepted(), traceparent=TRACEPARENT, database=database)
    execute(database, "UPDATE unsaid SET outcome = '{}' WHERE document = %s", odd.origin["document"])
    age(database, 301)
    execute(database, "UPDATE documents SET pushed_at = now()")
    look(rounds)
    assert said.events == [sound.accepted()]


def test_two_looks_at_once_say_everything_once(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], upload: Callable[[str], None]
) -> None:
    documents = [Made(f"{n}.pdf", pages=2) for n in range(20)]
    take(*(made.accepted() for made in documents))
    for n in range(10):
        upload(f"in/acme/{n}.png")
    age(database, 301)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(look, [rounds, rounds]))
    assert len(said.events) == 50
    assert len({event.id for event in said.events}) == 50
    assert rows(database, "SELECT DISTINCT attempts FROM pages") == [{"attempts": 2}]

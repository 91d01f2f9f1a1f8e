"""A page that nobody is asked for any more ends with what was read of it, once, and whoever is late changes nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from events.document import DocumentFailed
from events.envelope import Envelope
from events.page import PageRecognized, PageRequested
from functions.dead_letter.store import keep
from functions.engine.handler import handle
from functions.reading.store import Readings
from functions.reconciler.handler import Rounds
from functions.runtime.database import Database
from tests.contract.database.reconciler.rounds import Said, age, look
from tests.contract.database.rows import document_row, rows
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import FakePages, FakeReader
from tests.unit.persistence.outcomes import Made

BILL = Made("bill.pdf", pages=1)
DAY_S = 24 * 3600 + 1


@pytest.fixture
def passed_on(database: Database, rounds: Rounds, said: Said, take: Callable[..., None]) -> PageRequested:
    """What the first engine of two says of the only page: it has read it, and is not sure."""
    take(BILL.accepted(route=("tesseract", "rapidocr")))
    age(database, 301)
    look(rounds)
    (asked,) = said.taken()
    assert isinstance(asked, PageRequested)
    (onward,) = handle(
        asked,
        reader=FakeReader(0.5),
        pages=FakePages().typed(),
        readings=Readings(rounds.storage, rounds.settings.results_bucket),
        inline_text_bytes=1000,
    )
    assert isinstance(onward, PageRequested)
    return onward


@pytest.fixture
def rounds(rounds: Rounds) -> Rounds:
    return replace(rounds, storage=MemoryStorage())


def refuse(database: Database, request: PageRequested, times: int) -> None:
    """As many requests ended their engine; what became of each is known."""
    for attempt in range(1, times + 1):
        again = request.model_copy(update={"attempt": attempt})
        told = Envelope.around(again, function="reconciler", time=request.requested_at, traceparent=None)
        extensions = {"knativeerrordest": f"http://{request.engine}", "knativeerrorcode": "502"}
        keep(database, replace(told, extensions=extensions))


@pytest.mark.parametrize("is_told", [True, False], ids=["the request says so", "only the store knows"])
def test_a_page_that_keeps_ending_an_engine_ends_with_what_the_one_before_it_has_read(
    database: Database, rounds: Rounds, said: Said, passed_on: PageRequested, *, is_told: bool
) -> None:
    refuse(database, passed_on if is_told else passed_on.model_copy(update={"best": None}), 5)
    age(database, 3601)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(look, [rounds, rounds]))

    (result,) = said.taken()

    assert isinstance(result, PageRecognized)
    assert (result.engine, result.confidence, result.best_effort) == ("tesseract", 0.5, True)
    assert "no engine survived it in 5 attempts; tesseract has the best reading" in result.why


def test_what_was_lost_on_its_way_is_said_again_as_the_same_event_and_late_answers_change_nothing(
    database: Database, rounds: Rounds, said: Said, passed_on: PageRequested, take: Callable[..., None]
) -> None:
    refuse(database, passed_on, 5)
    age(database, 3601)
    look(rounds)
    (lost,) = said.taken()
    age(database, 3601)
    look(rounds)
    (result,) = said.taken()
    assert result.id == lost.id

    take(result, result, BILL.recognized(1, engine="rapidocr", confidence=0.99), BILL.failed(1))

    assert rows(database, "SELECT state, engine FROM pages") == [{"state": "recognized", "engine": "tesseract"}]
    document = document_row(database, BILL)
    assert (document["state"], document["recognized"], document["failed"]) == ("assembling", 1, 0)


def test_a_document_past_its_deadline_ends_with_what_was_read_and_still_ends_where_nobody_assembles_it(
    database: Database, rounds: Rounds, said: Said, passed_on: PageRequested, take: Callable[..., None]
) -> None:
    assert passed_on.best is not None
    age(database, DAY_S)
    look(rounds)
    (result,) = said.taken()
    assert isinstance(result, PageRecognized)
    assert (result.engine, result.best_effort) == ("tesseract", True)

    take(result)
    assert document_row(database, BILL)["state"] == "assembling"
    age(database, 301)
    look(rounds)
    (end,) = said.taken()
    assert isinstance(end, DocumentFailed)


def test_a_document_past_its_deadline_of_which_nothing_was_read_fails(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(BILL.accepted())
    age(database, DAY_S)
    look(rounds)
    (end,) = said.taken()
    assert isinstance(end, DocumentFailed)

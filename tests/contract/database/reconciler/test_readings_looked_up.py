"""While readings are looked up nobody waits, and a document whose readings cannot be had stops no other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from events.document import DocumentFailed
from events.page import PageRecognized, PageRequested
from functions.persistence.handler import handle as commit
from functions.reconciler.handler import Rounds
from functions.reconciler.looking import PAGES_AT_A_TIME
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from tests.contract.database.reconciler.rounds import TRACEPARENT, Said, age, look
from tests.contract.database.reconciler.shelves import Ended, Shelves, Waits
from tests.contract.database.rows import document_row
from tests.unit.persistence.outcomes import Made

BILL = Made("bill.pdf", pages=1)
LETTER = Made("letter.pdf", pages=2)
OTHER = Made("other.pdf", pages=1)
BOOK = Made("book.pdf", pages=50)
ROUTE = ("tesseract", "rapidocr")
DAY_S = 24 * 3600 + 1
PAUSE_S = 3601


@pytest.fixture
def shelves() -> Shelves:
    return Shelves()


@pytest.fixture
def rounds(rounds: Rounds, shelves: Shelves) -> Rounds:
    return replace(rounds, storage=shelves)


@pytest.fixture
def overdue_bill(database: Database, take: Callable[..., None], shelves: Shelves) -> None:
    """Nobody has said that its page is read, and the store has a reading of it."""
    take(BILL.accepted(route=ROUTE))
    shelves.keep(1, "tesseract")
    age(database, DAY_S)


def pages_of(said: Said) -> list[int]:
    return [event.page for event in said.taken() if isinstance(event, PageRecognized)]


def ends_of(said: Said) -> list[bool]:
    return [isinstance(event, DocumentFailed) for event in said.taken()]


@pytest.mark.usefixtures("overdue_bill")
def test_a_reading_that_cannot_be_had_stops_no_other_document(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], shelves: Shelves
) -> None:
    shelves.refused = {1}
    take(OTHER.accepted(route=ROUTE))
    age(database, 301)

    look(rounds)

    (asked,) = said.taken()
    assert isinstance(asked, PageRequested)
    assert asked.document == OTHER.origin["document"]
    assert document_row(database, BILL)["pushes"] == 1


@pytest.mark.usefixtures("overdue_bill")
def test_a_reading_that_can_be_had_again_is_the_result_after_all(
    database: Database, rounds: Rounds, said: Said, shelves: Shelves
) -> None:
    shelves.refused = {1}
    look(rounds)
    shelves.refused = set()
    age(database, PAUSE_S)

    look(rounds)

    assert pages_of(said) == [1]


@pytest.mark.usefixtures("overdue_bill")
def test_a_document_past_its_deadline_whose_readings_can_never_be_had_fails_after_a_few_pushes(
    database: Database, rounds: Rounds, said: Said, shelves: Shelves
) -> None:
    shelves.refused = {1}
    ends = []
    for _ in range(5):
        look(rounds)
        ends.append(ends_of(said))
        age(database, PAUSE_S)

    assert ends == [[], [], [], [True], [True]]


def test_a_page_whose_reading_cannot_be_had_waits_alone(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], shelves: Shelves
) -> None:
    take(LETTER.accepted(route=("surya", "tesseract")))
    for page in (1, 2):
        shelves.keep(page, "surya")
    shelves.refused = {1}
    said.there = frozenset({"pagebus.pages.rapidocr"})
    age(database, 301)

    look(rounds)

    assert pages_of(said) == [2]


def test_of_a_long_book_a_few_pages_end_at_a_time_and_all_in_the_end(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], shelves: Shelves
) -> None:
    take(BOOK.accepted(route=ROUTE))
    for page in range(1, BOOK.pages + 1):
        shelves.keep(page, "tesseract")
    age(database, DAY_S)
    ended = []
    for _ in range(3):
        shelves.looked_up = 0
        look(rounds)
        assert shelves.looked_up <= PAGES_AT_A_TIME
        events = said.taken()
        ended += [event.page for event in events if isinstance(event, PageRecognized)]
        take(*events)
        age(database, PAUSE_S)

    assert ended == list(range(1, BOOK.pages + 1))
    assert document_row(database, BOOK)["state"] == "assembling"


@pytest.mark.usefixtures("overdue_bill")
def test_where_there_is_no_time_to_look_up_others_go_on_and_the_document_is_first_in_line(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(OTHER.accepted(route=ROUTE))
    age(database, 301)

    look(replace(rounds, settings=rounds.settings.model_copy(update={"deadline_seconds": 0})))
    assert [type(event) for event in said.taken()] == [PageRequested]

    look(rounds)
    assert pages_of(said) == [1]


def test_of_a_document_whose_end_is_known_nothing_is_looked_up(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], shelves: Shelves
) -> None:
    take(LETTER.accepted(1, 1, route=ROUTE))
    age(database, DAY_S)

    look(rounds)

    assert (ends_of(said), shelves.looked_up) == ([True], 0)


@pytest.mark.usefixtures("overdue_bill")
def test_a_process_that_ends_while_it_looks_up_stops_no_other_document_and_loses_nothing(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], shelves: Shelves
) -> None:
    take(OTHER.accepted(route=ROUTE))
    age(database, 301)
    shelves.ends = True
    with pytest.raises(Ended):
        look(rounds)
    assert said.taken() == []

    look(rounds)
    assert [type(event) for event in said.taken()] == [PageRequested]

    shelves.ends = False
    age(database, 601)
    look(rounds)
    assert pages_of(said) == [1]


@pytest.mark.usefixtures("overdue_bill")
def test_what_was_found_is_said_later_where_it_could_not_be_published(
    database: Database, rounds: Rounds, said: Said
) -> None:
    with pytest.raises(Unavailable):
        look(replace(rounds, publish=Said(is_down=True).publish))
    age(database, 601)
    look(rounds)

    assert pages_of(said) == [1]


def test_a_page_that_ends_while_readings_are_looked_up_is_committed_and_its_document_left_alone(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    shelves = Waits()
    take(LETTER.accepted(route=ROUTE))
    age(database, DAY_S)
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look, replace(rounds, storage=shelves))
        assert shelves.asked.wait(10)
        try:
            commit(LETTER.recognized(1), traceparent=TRACEPARENT, database=database)
        finally:
            shelves.go.set()
        looking.result()

    assert said.taken() == []
    age(database, 301)
    look(rounds)
    assert True in ends_of(said)


@pytest.mark.usefixtures("overdue_bill")
def test_two_looks_at_once_look_up_a_document_once(rounds: Rounds, said: Said, shelves: Shelves) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(look, [rounds, rounds]))

    assert (pages_of(said), shelves.looked_up) == ([1], 1)

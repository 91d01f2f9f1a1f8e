"""What is looked up before pages end, and for how long."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.reading.store import Readings
from functions.reconciler.asking import Waiting
from functions.reconciler.looking import LookUps, ending
from functions.reconciler.missing import Stuck
from functions.reconciler.standing import Standing
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import reading, request
from tests.unit.reconciler.stuck import ACCEPTED, HERE, PAGE

OVERDUE = replace(ACCEPTED, overdue=True)
PAGES = [replace(PAGE, page=page) for page in (1, 2, 3)]
GONE = replace(PAGE, route=["surya"])


@pytest.fixture
def readings() -> Readings:
    kept = Readings(MemoryStorage(), "pagebus-results")
    for page in (1, 3):
        kept.keep(request(page=page, sha256="0" * 64), reading("tesseract", 0.5, "Maß"))
    return kept


def clock(*times: float) -> Iterator[float]:
    yield from times


def pages(found: Iterator[Waiting]) -> list[tuple[int, bool]]:
    return [(page.page, page.best is not None) for page in found]


def test_of_pages_that_are_given_up_all_are_looked_up(readings: Readings) -> None:
    look_ups = LookUps(readings, until=60, clock=lambda: 0)
    assert pages(look_ups.found(ACCEPTED, PAGES)) == [(1, True), (2, False), (3, True)]


def test_of_a_document_past_its_deadline_no_more_is_looked_up_once_a_page_has_no_reading(readings: Readings) -> None:
    look_ups = LookUps(readings, until=60, clock=lambda: 0)
    assert pages(look_ups.found(OVERDUE, PAGES)) == [(1, True), (2, False)]


def test_when_time_is_over_what_was_found_is_what_there_is(readings: Readings) -> None:
    times = clock(59, 60)
    look_ups = LookUps(readings, until=60, clock=lambda: next(times))
    assert pages(look_ups.found(ACCEPTED, PAGES)) == [(1, True), (2, False)]


@pytest.mark.parametrize("stuck", [ACCEPTED, OVERDUE])
@pytest.mark.parametrize("long_overdue", [False, True])
def test_a_page_whose_reading_cannot_be_had_has_none_only_where_its_document_has_waited_long_enough(
    readings: Readings, stuck: Stuck, *, long_overdue: bool
) -> None:
    assert isinstance(readings.storage, MemoryStorage)
    readings.storage.away = True
    look_ups = LookUps(readings, until=60, clock=lambda: 0)
    found = pages(look_ups.found(replace(stuck, long_overdue=long_overdue), PAGES[:1]))
    assert found == ([(1, False)] if long_overdue else [])


@pytest.mark.parametrize(
    ("standing", "ends"),
    [
        (Standing(ACCEPTED, None, [PAGE, GONE]), [GONE]),
        (Standing(ACCEPTED, 3, [PAGE, GONE]), [GONE]),
        (Standing(OVERDUE, None, [PAGE, GONE]), [PAGE, GONE]),
        (Standing(OVERDUE, 3, [PAGE, GONE]), []),
        (Standing(replace(OVERDUE, state="assembling"), None, [PAGE]), []),
        (Standing(replace(ACCEPTED, accepted=False), None, [GONE]), []),
    ],
    ids=["given up", "given up, others unplanned", "overdue", "overdue and unplanned", "assembling", "not accepted"],
)
def test_pages_end_by_what_the_store_has_where_nobody_is_asked_and_the_end_is_not_known_without(
    standing: Standing, ends: list[Waiting]
) -> None:
    assert ending(standing, HERE, 5) == ends

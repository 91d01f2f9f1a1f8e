"""Abandoned pages: which ones are selected, and the time limit of their lookup."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.reading.store import ReadingStore
from functions.reconciler.abandonment import FallbackLookup, select_abandoned_pages
from functions.reconciler.snapshot import Snapshot, StalledDocument, WaitingPage
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import make_reading, make_request
from tests.unit.reconciler.stalled_documents import ACCEPTED, AVAILABLE, PAGE

OVERDUE = replace(ACCEPTED, is_overdue=True)
PAGES = [replace(PAGE, page=page) for page in (1, 2, 3)]
UNREADABLE = replace(PAGE, route=["surya"])


@pytest.fixture
def readings() -> ReadingStore:
    store = ReadingStore(MemoryStorage(), "pagebus-results")
    for page in (1, 3):
        store.save_if_absent(make_request(page=page, sha256="0" * 64), make_reading("tesseract", 0.5, "Maß"))
    return store


def make_clock(*times: float) -> Iterator[float]:
    yield from times


def list_results(found: Iterator[WaitingPage]) -> list[tuple[int, bool]]:
    return [(page.page, page.fallback is not None) for page in found]


def test_all_abandoned_pages_are_looked_up(readings: ReadingStore) -> None:
    lookup = FallbackLookup(readings, until=60, clock=lambda: 0)
    assert list_results(lookup.look_up(ACCEPTED, PAGES)) == [(1, True), (2, False), (3, True)]


def test_overdue_lookup_stops_at_page_without_reading(readings: ReadingStore) -> None:
    lookup = FallbackLookup(readings, until=60, clock=lambda: 0)
    assert list_results(lookup.look_up(OVERDUE, PAGES)) == [(1, True), (2, False)]


def test_lookup_stops_when_time_is_up(readings: ReadingStore) -> None:
    times = make_clock(59, 60)
    lookup = FallbackLookup(readings, until=60, clock=lambda: next(times))
    assert list_results(lookup.look_up(ACCEPTED, PAGES)) == [(1, True), (2, False)]


@pytest.mark.parametrize("document", [ACCEPTED, OVERDUE])
@pytest.mark.parametrize("long_overdue", [False, True])
def test_unavailable_store_means_no_reading_if_long_overdue(
    readings: ReadingStore, document: StalledDocument, *, long_overdue: bool
) -> None:
    assert isinstance(readings.storage, MemoryStorage)
    readings.storage.is_down = True
    lookup = FallbackLookup(readings, until=60, clock=lambda: 0)
    found = list_results(lookup.look_up(replace(document, is_long_overdue=long_overdue), PAGES[:1]))
    assert found == ([(1, False)] if long_overdue else [])


@pytest.mark.parametrize(
    ("snapshot", "abandoned"),
    [
        (Snapshot(ACCEPTED, None, [PAGE, UNREADABLE]), [UNREADABLE]),
        (Snapshot(ACCEPTED, 3, [PAGE, UNREADABLE]), [UNREADABLE]),
        (Snapshot(OVERDUE, None, [PAGE, UNREADABLE]), [PAGE, UNREADABLE]),
        (Snapshot(OVERDUE, 3, [PAGE, UNREADABLE]), []),
        (Snapshot(replace(OVERDUE, state="assembling"), None, [PAGE]), []),
        (Snapshot(replace(ACCEPTED, is_accepted=False), None, [UNREADABLE]), []),
    ],
    ids=["no engine", "no engine, others unplanned", "overdue", "overdue and unplanned", "assembling", "not accepted"],
)
def test_pages_without_engine_are_selected(snapshot: Snapshot, abandoned: list[WaitingPage]) -> None:
    assert select_abandoned_pages(snapshot, AVAILABLE, 5) == abandoned

"""Lookups of fallback readings hold no lock, and unavailable readings do not stop other documents."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from events.document import DocumentFailed
from events.page import PageRecognized, PageRequested
from functions.reconciler.abandonment import PAGES_PER_LOOKUP
from functions.reconciler.handler import ReconcilerDependencies
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from tests.contract.database.reconciler.fake_stores import BlockingStore, CountingStore, ProcessEnd
from tests.contract.database.reconciler.runs import TRACEPARENT, FakeBus, advance_time, run_reconciler
from tests.contract.database.rows import commit_outcome, select_document
from tests.unit.persistence.outcomes import ExampleDocument

BILL = ExampleDocument("bill.pdf", pages=1)
LETTER = ExampleDocument("letter.pdf", pages=2)
OTHER = ExampleDocument("other.pdf", pages=1)
BOOK = ExampleDocument("book.pdf", pages=50)
ROUTE = ("tesseract", "rapidocr")
DAY_S = 24 * 3600 + 1
LONGEST_PAUSE_S = 3601


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def dependencies(dependencies: ReconcilerDependencies, store: CountingStore) -> ReconcilerDependencies:
    return replace(dependencies, storage=store)


@pytest.fixture
def overdue_bill(database: Database, persist: Callable[..., None], store: CountingStore) -> None:
    """Set up an overdue document whose page has a stored reading but no result."""
    persist(BILL.make_accepted(route=ROUTE))
    store.add_reading(1, "tesseract")
    advance_time(database, DAY_S)


def take_page_numbers(bus: FakeBus) -> list[int]:
    return [event.page for event in bus.take_events() if isinstance(event, PageRecognized)]


def take_failures(bus: FakeBus) -> list[bool]:
    return [isinstance(event, DocumentFailed) for event in bus.take_events()]


@pytest.mark.usefixtures("overdue_bill")
def test_unavailable_reading_does_not_stop_other_documents(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    persist: Callable[..., None],
    store: CountingStore,
) -> None:
    store.unavailable_pages = {1}
    persist(OTHER.make_accepted(route=ROUTE))
    advance_time(database, 301)

    run_reconciler(dependencies)

    (request,) = bus.take_events()
    assert isinstance(request, PageRequested)
    assert request.document == OTHER.document_id
    assert select_document(database, BILL)["pushes"] == 1


@pytest.mark.usefixtures("overdue_bill")
def test_reading_becomes_result_once_available_again(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, store: CountingStore
) -> None:
    store.unavailable_pages = {1}
    run_reconciler(dependencies)
    store.unavailable_pages = set()
    advance_time(database, LONGEST_PAUSE_S)

    run_reconciler(dependencies)

    assert take_page_numbers(bus) == [1]


@pytest.mark.usefixtures("overdue_bill")
def test_overdue_document_fails_after_repairs_without_readings(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, store: CountingStore
) -> None:
    store.unavailable_pages = {1}
    ends = []
    for _ in range(5):
        run_reconciler(dependencies)
        ends.append(take_failures(bus))
        advance_time(database, LONGEST_PAUSE_S)

    assert ends == [[], [], [], [True], [True]]


def test_only_page_with_unavailable_reading_waits(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    persist: Callable[..., None],
    store: CountingStore,
) -> None:
    persist(LETTER.make_accepted(route=("surya", "tesseract")))
    for page in (1, 2):
        store.add_reading(page, "surya")
    store.unavailable_pages = {1}
    bus.available_topics = frozenset({"pagebus.pages.rapidocr"})
    advance_time(database, 301)

    run_reconciler(dependencies)

    assert take_page_numbers(bus) == [2]


def test_long_document_ends_few_pages_per_run(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    persist: Callable[..., None],
    store: CountingStore,
) -> None:
    persist(BOOK.make_accepted(route=ROUTE))
    for page in range(1, BOOK.pages + 1):
        store.add_reading(page, "tesseract")
    advance_time(database, DAY_S)
    ended = []
    for _ in range(3):
        store.listings = 0
        run_reconciler(dependencies)
        assert store.listings <= PAGES_PER_LOOKUP
        events = bus.take_events()
        ended += [event.page for event in events if isinstance(event, PageRecognized)]
        persist(*events)
        advance_time(database, LONGEST_PAUSE_S)

    assert ended == list(range(1, BOOK.pages + 1))
    assert select_document(database, BOOK)["state"] == "assembling"


@pytest.mark.usefixtures("overdue_bill")
def test_document_without_lookup_time_is_first_next_run(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(OTHER.make_accepted(route=ROUTE))
    advance_time(database, 301)

    run_reconciler(replace(dependencies, settings=dependencies.settings.model_copy(update={"deadline_seconds": 0})))
    assert [type(event) for event in bus.take_events()] == [PageRequested]

    run_reconciler(dependencies)
    assert take_page_numbers(bus) == [1]


def test_incomplete_overdue_document_needs_no_lookup(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    persist: Callable[..., None],
    store: CountingStore,
) -> None:
    persist(LETTER.make_accepted(1, 1, route=ROUTE))
    advance_time(database, DAY_S)

    run_reconciler(dependencies)

    assert (take_failures(bus), store.listings) == ([True], 0)


@pytest.mark.usefixtures("overdue_bill")
def test_process_end_during_lookup_loses_nothing(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    persist: Callable[..., None],
    store: CountingStore,
) -> None:
    persist(OTHER.make_accepted(route=ROUTE))
    advance_time(database, 301)
    store.ends_process = True
    with pytest.raises(ProcessEnd):
        run_reconciler(dependencies)
    assert bus.take_events() == []

    run_reconciler(dependencies)
    assert [type(event) for event in bus.take_events()] == [PageRequested]

    store.ends_process = False
    advance_time(database, 601)
    run_reconciler(dependencies)
    assert take_page_numbers(bus) == [1]


@pytest.mark.usefixtures("overdue_bill")
def test_unpublished_result_is_published_later(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus
) -> None:
    with pytest.raises(Unavailable):
        run_reconciler(replace(dependencies, publish=FakeBus(is_down=True).publish))
    advance_time(database, 601)
    run_reconciler(dependencies)

    assert take_page_numbers(bus) == [1]


def test_result_during_lookup_is_kept(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    store = BlockingStore()
    persist(LETTER.make_accepted(route=ROUTE))
    advance_time(database, DAY_S)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(run_reconciler, replace(dependencies, storage=store))
        assert store.is_waiting.wait(10)
        try:
            commit_outcome(database, LETTER.make_recognized(1), traceparent=TRACEPARENT)
        finally:
            store.may_continue.set()
        run.result()

    assert bus.take_events() == []
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert True in take_failures(bus)


@pytest.mark.usefixtures("overdue_bill")
def test_concurrent_runs_look_up_document_once(
    dependencies: ReconcilerDependencies, bus: FakeBus, store: CountingStore
) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run_reconciler, [dependencies, dependencies]))

    assert (take_page_numbers(bus), store.listings) == ([1], 1)

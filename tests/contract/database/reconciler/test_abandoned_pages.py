"""An abandoned page ends once, with its best stored reading. Late results change nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from events.document import DocumentFailed
from events.envelope import Envelope
from events.page import PageRecognized, PageRequested
from functions.dead_letter.store import save_dead_letter
from functions.engine.engine import Engine
from functions.engine.handler import handle_page_request
from functions.reading.store import ReadingStore
from functions.reconciler.handler import ReconcilerDependencies
from functions.runtime.database import Database
from tests.contract.database.reconciler.runs import FakeBus, advance_time, run_reconciler
from tests.contract.database.rows import select_document, select_rows
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import FakePageSource, FakeReader
from tests.unit.persistence.outcomes import ExampleDocument

BILL = ExampleDocument("bill.pdf", pages=1)
DAY_S = 24 * 3600 + 1


@pytest.fixture
def second_request(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> PageRequested:
    """Return the request that the first of two engines passes on after reading the page with low confidence."""
    persist(BILL.make_accepted(route=("tesseract", "rapidocr")))
    advance_time(database, 301)
    run_reconciler(dependencies)
    (first_request,) = bus.take_events()
    assert isinstance(first_request, PageRequested)
    (passed_on,) = handle_page_request(
        first_request,
        engine=Engine.from_reader(FakeReader(0.5), FakePageSource().as_page_source()),
        readings=ReadingStore(dependencies.storage, dependencies.settings.results_bucket),
        inline_text_bytes=1000,
    )
    assert isinstance(passed_on, PageRequested)
    return passed_on


@pytest.fixture
def dependencies(dependencies: ReconcilerDependencies) -> ReconcilerDependencies:
    return replace(dependencies, storage=MemoryStorage())


def add_dead_letters(database: Database, request: PageRequested, times: int) -> None:
    """Add a dead letter for each of several requests that crashed the engine."""
    for attempt in range(1, times + 1):
        again = request.model_copy(update={"attempt": attempt})
        envelope = Envelope.from_event(again, function="reconciler", time=request.requested_at, traceparent=None)
        extensions = {"knativeerrordest": f"http://{request.engine}", "knativeerrorcode": "502"}
        save_dead_letter(database, replace(envelope, extensions=extensions))


@pytest.mark.parametrize("has_reference", [True, False], ids=["request names reading", "reading only in store"])
def test_page_that_crashes_engine_ends_with_earlier_reading(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    second_request: PageRequested,
    *,
    has_reference: bool,
) -> None:
    add_dead_letters(database, second_request if has_reference else second_request.model_copy(update={"best": None}), 5)
    advance_time(database, 3601)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run_reconciler, [dependencies, dependencies]))

    (result,) = bus.take_events()

    assert isinstance(result, PageRecognized)
    assert (result.engine, result.confidence, result.best_effort) == ("tesseract", 0.5, True)
    assert "5 requests for it failed in the engine; tesseract has the best reading" in result.why


def test_lost_fallback_result_is_repeated_and_final(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    second_request: PageRequested,
    persist: Callable[..., None],
) -> None:
    add_dead_letters(database, second_request, 5)
    advance_time(database, 3601)
    run_reconciler(dependencies)
    (lost,) = bus.take_events()
    advance_time(database, 3601)
    run_reconciler(dependencies)
    (result,) = bus.take_events()
    assert result.id == lost.id

    persist(result, result, BILL.make_recognized(1, engine="rapidocr", confidence=0.99), BILL.make_failed(1))

    assert select_rows(database, "SELECT state, engine FROM pages") == [{"state": "recognized", "engine": "tesseract"}]
    document = select_document(database, BILL)
    assert (document["state"], document["recognized"], document["failed"]) == ("assembling", 1, 0)


def test_overdue_document_takes_readings_then_fails_unassembled(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    second_request: PageRequested,
    persist: Callable[..., None],
) -> None:
    assert second_request.best is not None
    advance_time(database, DAY_S)
    run_reconciler(dependencies)
    (result,) = bus.take_events()
    assert isinstance(result, PageRecognized)
    assert (result.engine, result.best_effort) == ("tesseract", True)

    persist(result)
    assert select_document(database, BILL)["state"] == "assembling"
    advance_time(database, 301)
    run_reconciler(dependencies)
    (end,) = bus.take_events()
    assert isinstance(end, DocumentFailed)


def test_overdue_document_without_readings_fails(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(BILL.make_accepted())
    advance_time(database, DAY_S)
    run_reconciler(dependencies)
    (end,) = bus.take_events()
    assert isinstance(end, DocumentFailed)

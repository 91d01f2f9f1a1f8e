"""A page whose engine does not answer continues along its route, is read once and keeps its best reading."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from events.envelope import Envelope
from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested
from functions.dead_letter.store import save_dead_letter
from functions.engine.engine import Engine
from functions.engine.handler import handle_page_request
from functions.engine.reader import Reader
from functions.reading.store import ReadingStore
from functions.reconciler.handler import ReconcilerDependencies
from functions.runtime.database import Database
from tests.contract.database.reconciler.runs import FakeBus, advance_time, run_reconciler
from tests.contract.database.rows import select_rows
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import FakePageSource, FakeReader
from tests.unit.persistence.outcomes import ExampleDocument

BILL = ExampleDocument("bill.pdf", pages=1)
ROUTE = ("tesseract", "rapidocr")
DOWN = "503"


class FastReader(FakeReader):
    name = "tesseract"


class SlowReader(FakeReader):
    name = "rapidocr"


HandleRequest = Callable[[PageRequested], list[Event]]


@pytest.fixture
def engine() -> Callable[[Reader], HandleRequest]:
    """Return a function that builds the handler of an engine. All engines share one store for readings."""
    readings = ReadingStore(MemoryStorage(), "pagebus-results")
    return lambda reader: partial(
        handle_page_request,
        engine=Engine.from_reader(reader, FakePageSource().as_page_source()),
        readings=readings,
        inline_text_bytes=1000,
    )


@pytest.fixture
def request_again(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    persist: Callable[..., None],
    request: pytest.FixtureRequest,
) -> Callable[[PageRequested | None], PageRequested]:
    """Return a function that saves an undelivered request, if any, and returns the next request of the reconciler."""
    persist(BILL.make_accepted(route=ROUTE, consensus=getattr(request, "param", False)))

    def request_again(undelivered: PageRequested | None = None, code: str = DOWN) -> PageRequested:
        if undelivered:
            save_dead_letter(database, make_dead_letter(undelivered, code))
        advance_time(database, 3601)
        run_reconciler(dependencies)
        (event,) = bus.take_events()
        assert isinstance(event, PageRequested)
        return event

    return request_again


def make_dead_letter(request: PageRequested, code: str) -> Envelope:
    envelope = Envelope.from_event(request, function="reconciler", time=request.requested_at, traceparent=None)
    return replace(envelope, extensions={"knativeerrordest": f"http://{request.engine}", "knativeerrorcode": code})


def test_unavailable_engine_is_skipped_for_next_one(
    request_again: Callable[..., PageRequested], engine: Callable[[Reader], HandleRequest]
) -> None:
    again = request_again()
    assert again.engine == "tesseract"

    next_request = request_again(again)

    assert (next_request.engine, next_request.why, next_request.attempt) == (
        "rapidocr",
        "a scan; tesseract did not answer",
        3,
    )
    (result,) = engine(SlowReader(0.9))(next_request)
    assert isinstance(result, PageRecognized)
    assert (result.why, result.best_effort) == (f"{next_request.why}; rapidocr expects 90% to be right", False)


@pytest.mark.parametrize("code", [DOWN, "502"])
def test_best_reading_is_result_if_other_engines_are_down(
    request_again: Callable[..., PageRequested],
    engine: Callable[[Reader], HandleRequest],
    persist: Callable[..., None],
    database: Database,
    code: str,
) -> None:
    fast_reader = FastReader(0.5)
    (passed_on,) = engine(fast_reader)(request_again())
    assert isinstance(passed_on, PageRequested)
    assert passed_on.engine == "rapidocr"

    (result,) = engine(fast_reader)(request_again(passed_on, code))

    assert isinstance(result, PageRecognized)
    assert (result.engine, result.confidence, result.best_effort) == ("tesseract", 0.5, True)
    assert "rapidocr, the last on the route, did not answer" in result.why
    assert fast_reader.read_count == 1
    persist(result)
    assert select_rows(database, "SELECT state, best_effort FROM pages") == [
        {"state": "recognized", "best_effort": True}
    ]


def test_lower_confidence_of_later_engine_does_not_win(
    request_again: Callable[..., PageRequested], engine: Callable[[Reader], HandleRequest]
) -> None:
    fast_reader, slow_reader = FastReader(0.5), SlowReader(0.3)
    (passed_on,) = engine(fast_reader)(request_again())
    assert isinstance(passed_on, PageRequested)

    # The request to rapidocr is lost. So rapidocr gets the next request, and tesseract comes last.
    next_request = request_again()
    assert (next_request.engine, next_request.route) == ("rapidocr", ("tesseract",))
    (returned,) = engine(slow_reader)(next_request)
    assert isinstance(returned, PageRequested)
    (result,) = engine(fast_reader)(returned)

    assert isinstance(result, PageRecognized)
    assert (result.engine, result.confidence, result.best_effort) == ("tesseract", 0.5, True)
    assert (fast_reader.read_count, slow_reader.read_count) == (1, 1)


def test_unreadable_dead_letter_is_ignored(request_again: Callable[..., PageRequested], database: Database) -> None:
    again = request_again()
    save_dead_letter(database, replace(make_dead_letter(again, DOWN), data=b"{}"))

    assert request_again().attempt == again.attempt + 1


def test_engine_without_topic_is_skipped(request_again: Callable[..., PageRequested], bus: FakeBus) -> None:
    bus.available_topics = frozenset({"pagebus.pages.rapidocr"})

    first = request_again()

    assert (first.engine, first.route) == ("rapidocr", ())


@pytest.mark.parametrize("is_stored", [True, False])
def test_page_without_engines_ends_with_stored_reading(
    request_again: Callable[..., PageRequested],
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    *,
    is_stored: bool,
) -> None:
    store = MemoryStorage()
    readings = ReadingStore(store, dependencies.settings.results_bucket)
    (passed_on,) = handle_page_request(
        request_again(),
        engine=Engine.from_reader(FastReader(0.5), FakePageSource().as_page_source()),
        readings=readings,
        inline_text_bytes=1000,
    )
    assert isinstance(passed_on, PageRequested)
    save_dead_letter(database, make_dead_letter(passed_on, DOWN))
    bus.available_topics = frozenset({"pagebus.pages.surya"})
    advance_time(database, 3601)
    run_reconciler(replace(dependencies, storage=store if is_stored else MemoryStorage()))

    (result,) = bus.take_events()

    assert isinstance(result, PageRecognized if is_stored else PageFailed)
    if isinstance(result, PageRecognized):
        assert (result.engine, result.confidence, result.best_effort) == ("tesseract", 0.5, True)


@pytest.mark.parametrize("request_again", [True], indirect=True)
def test_consensus_without_second_engine_ends_with_one_reading(
    request_again: Callable[..., PageRequested], engine: Callable[[Reader], HandleRequest]
) -> None:
    fast_reader = FastReader(0.95)
    (passed_on,) = engine(fast_reader)(request_again())
    assert isinstance(passed_on, PageRequested)
    assert (passed_on.engine, passed_on.consensus) == ("rapidocr", True)

    alone = request_again(passed_on)
    assert (alone.engine, alone.consensus) == ("tesseract", True)
    (result,) = engine(fast_reader)(alone)

    assert isinstance(result, PageRecognized)
    assert (result.engine, fast_reader.read_count) == ("tesseract", 1)
    assert "rapidocr, the last on the route, did not answer" in result.why
    assert result.why.endswith("no second engine was available for a consensus")

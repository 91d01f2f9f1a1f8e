"""A page whose engine is down goes on along its route, and is read once and not worse than it could be."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from events.envelope import Envelope
from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested
from functions.dead_letter.store import keep
from functions.engine.handler import handle
from functions.engine.reader import Reader
from functions.reading.store import Readings
from functions.reconciler.handler import Rounds
from functions.runtime.database import Database
from tests.contract.database.reconciler.rounds import Said, age, look
from tests.contract.database.rows import rows
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import FakePages, FakeReader
from tests.unit.persistence.outcomes import Made

BILL = Made("bill.pdf", pages=1)
ROUTE = ("tesseract", "rapidocr")
DOWN = "503"


class Fast(FakeReader):
    name = "tesseract"


class Careful(FakeReader):
    name = "rapidocr"


Engine = Callable[[PageRequested], list[Event]]


@pytest.fixture
def engine() -> Callable[[Reader], Engine]:
    """What the handler of an engine says; all engines keep their readings in one store."""
    readings = Readings(MemoryStorage(), "pagebus-results")
    return lambda reader: partial(
        handle, reader=reader, pages=FakePages().typed(), readings=readings, inline_text_bytes=1000
    )


@pytest.fixture
def asked(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], request: pytest.FixtureRequest
) -> Callable[[PageRequested | None], PageRequested]:
    """Whom the reconciler asks next, after the request came back undelivered, or where nothing is known of it."""
    take(BILL.accepted(route=ROUTE, consensus=getattr(request, "param", False)))

    def asked(undelivered: PageRequested | None = None, code: str = DOWN) -> PageRequested:
        if undelivered:
            keep(database, returned(undelivered, code))
        age(database, 3601)
        look(rounds)
        (event,) = said.taken()
        assert isinstance(event, PageRequested)
        return event

    return asked


def returned(request: PageRequested, code: str) -> Envelope:
    said = Envelope.around(request, function="reconciler", time=request.requested_at, traceparent=None)
    return replace(said, extensions={"knativeerrordest": f"http://{request.engine}", "knativeerrorcode": code})


def test_a_page_whose_first_engine_is_down_goes_on_to_the_next(
    asked: Callable[..., PageRequested], engine: Callable[[Reader], Engine]
) -> None:
    again = asked()
    assert again.engine == "tesseract"

    following = asked(again)

    assert (following.engine, following.why, following.attempt) == ("rapidocr", "a scan; tesseract did not answer", 3)
    (result,) = engine(Careful(0.9))(following)
    assert isinstance(result, PageRecognized)
    assert (result.why, result.best_effort) == (f"{following.why}; rapidocr expects 90% to be right", False)


@pytest.mark.parametrize("code", [DOWN, "502"])
def test_the_best_reading_so_far_is_the_result_where_the_rest_of_the_route_cannot_be_had(
    asked: Callable[..., PageRequested],
    engine: Callable[[Reader], Engine],
    take: Callable[..., None],
    database: Database,
    code: str,
) -> None:
    fast = Fast(0.5)
    (passed_on,) = engine(fast)(asked())
    assert isinstance(passed_on, PageRequested)
    assert passed_on.engine == "rapidocr"

    (result,) = engine(fast)(asked(passed_on, code))

    assert isinstance(result, PageRecognized)
    assert (result.engine, result.confidence, result.best_effort) == ("tesseract", 0.5, True)
    assert "rapidocr, the last on the route, did not answer" in result.why
    assert fast.read_pages == 1
    take(result)
    assert rows(database, "SELECT state, best_effort FROM pages") == [{"state": "recognized", "best_effort": True}]


def test_a_later_engine_that_knows_less_does_not_win_because_an_earlier_one_went_down(
    asked: Callable[..., PageRequested], engine: Callable[[Reader], Engine]
) -> None:
    fast, careful = Fast(0.5), Careful(0.3)
    (passed_on,) = engine(fast)(asked())
    assert isinstance(passed_on, PageRequested)

    # Nothing is heard of the request to rapidocr, so it has its turn, and whoever was first comes last.
    turn = asked()
    assert (turn.engine, turn.route) == ("rapidocr", ("tesseract",))
    (back,) = engine(careful)(turn)
    assert isinstance(back, PageRequested)
    (result,) = engine(fast)(back)

    assert isinstance(result, PageRecognized)
    assert (result.engine, result.confidence, result.best_effort) == ("tesseract", 0.5, True)
    assert (fast.read_pages, careful.read_pages) == (1, 1)


def test_what_cannot_be_read_of_a_returned_request_is_no_obstacle(
    asked: Callable[..., PageRequested], database: Database
) -> None:
    again = asked()
    keep(database, replace(returned(again, DOWN), data=b"{}"))

    assert asked().attempt == again.attempt + 1


def test_an_engine_whose_topic_is_no_more_is_passed_over(asked: Callable[..., PageRequested], said: Said) -> None:
    said.there = frozenset({"pagebus.pages.rapidocr"})

    first = asked()

    assert (first.engine, first.route) == ("rapidocr", ())


@pytest.mark.parametrize("kept", [True, False])
def test_where_every_engine_is_gone_the_page_ends_with_its_best_reading_if_the_store_has_it(
    asked: Callable[..., PageRequested], database: Database, rounds: Rounds, said: Said, *, kept: bool
) -> None:
    store = MemoryStorage()
    readings = Readings(store, rounds.settings.results_bucket)
    (passed_on,) = handle(
        asked(), reader=Fast(0.5), pages=FakePages().typed(), readings=readings, inline_text_bytes=1000
    )
    assert isinstance(passed_on, PageRequested)
    keep(database, returned(passed_on, DOWN))
    said.there = frozenset({"pagebus.pages.surya"})
    age(database, 3601)
    look(replace(rounds, storage=store if kept else MemoryStorage()))

    (result,) = said.taken()

    assert isinstance(result, PageRecognized if kept else PageFailed)
    if isinstance(result, PageRecognized):
        assert (result.engine, result.confidence, result.best_effort) == ("tesseract", 0.5, True)


@pytest.mark.parametrize("asked", [True], indirect=True)
def test_a_consensus_that_was_asked_for_is_asked_for_again_until_no_second_engine_can_be_had(
    asked: Callable[..., PageRequested], engine: Callable[[Reader], Engine]
) -> None:
    fast = Fast(0.95)
    (passed_on,) = engine(fast)(asked())
    assert isinstance(passed_on, PageRequested)
    assert (passed_on.engine, passed_on.consensus) == ("rapidocr", True)

    alone = asked(passed_on)
    assert (alone.engine, alone.consensus) == ("tesseract", True)
    (result,) = engine(fast)(alone)

    assert isinstance(result, PageRecognized)
    assert (result.engine, fast.read_pages) == ("tesseract", 1)
    assert "rapidocr, the last on the route, did not answer" in result.why
    assert result.why.endswith("no second engine could be had for a consensus")

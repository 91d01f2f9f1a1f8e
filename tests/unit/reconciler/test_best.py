"""Which reading a page ends with that nobody is asked for any more."""

from typing import Any

import pytest

from events.page import PageRequested
from functions.reading.reading import Block, Line, Reading, Word
from functions.reading.store import Readings
from functions.reconciler.best import Best, best_of
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import reading, request

ROUTE = ("tesseract", "rapidocr")


@pytest.fixture
def readings() -> Readings:
    return Readings(MemoryStorage(), "pagebus-results")


def best(readings: Readings, last: PageRequested | None = None, **asked: Any) -> Best | None:
    return best_of(last, request(**asked), ROUTE, readings)


def test_of_a_page_of_which_no_request_came_back_the_surest_reading_in_the_store_is_taken(readings: Readings) -> None:
    for kept in (
        reading("tesseract", 0.5, "Mab"),
        reading("rapidocr", 0.7, "Maß"),
        reading("tesseract", 0.4, "M", engine_version="0"),
    ):
        readings.keep(request(), kept)

    found = best(readings)

    assert found is not None
    assert (found.reading.engine, found.reading.text) == ("rapidocr", "Maß")
    assert found.dataref == readings.reference(request(), found.reading).dataref


def test_the_best_reading_that_the_last_request_speaks_of_is_taken_as_sure_as_it_says(readings: Readings) -> None:
    mine = readings.keep(request(), reading("tesseract", 0.5, "Mab"))
    readings.keep(request(), reading("rapidocr", 0.7, "Maß"))
    told = readings.reference(request(), mine).model_copy(update={"confidence": 0.8})

    found = best(readings, request(best=told))

    assert found is not None
    assert (found.reading.engine, found.reading.confidence) == ("tesseract", 0.8)


def test_a_surer_reading_in_the_store_is_taken_though_the_last_request_speaks_of_another_one(
    readings: Readings,
) -> None:
    worse = readings.keep(request(), reading("tesseract", 0.3, "Mab"))
    readings.keep(request(), reading("rapidocr", 0.9, "Maß"))

    found = best(readings, request(best=readings.reference(request(), worse), why="first; not sure"))

    assert found is not None
    assert (found.reading.engine, found.last.why) == ("rapidocr", "first; not sure")


def test_a_reading_in_the_store_is_no_surer_than_the_last_request_says(readings: Readings) -> None:
    mine = readings.keep(request(), reading("tesseract", 0.9, "Mab"))
    readings.keep(request(), reading("rapidocr", 0.7, "Maß"))
    told = readings.reference(request(), mine).model_copy(update={"confidence": 0.5})

    found = best(readings, request(best=told))

    assert found is not None
    assert found.reading.engine == "rapidocr"


def test_of_a_reading_only_what_its_outcome_says_is_held(readings: Readings) -> None:
    line = Line(text="Maß", box=(0, 0, 9, 9), words=(Word(text="Maß", box=(0, 0, 9, 9)),))
    block = Block(text="Maß", lines=(0,))
    kept = readings.keep(request(), reading("tesseract", 0.5, "Maß", lines=(line,), blocks=(block,), markdown="Maß"))

    for last in (None, request(best=readings.reference(request(), kept))):
        found = best(readings, last)
        assert found is not None
        assert found.reading.told(1000) == kept.told(1000)
        assert (found.reading.lines, found.reading.blocks, found.reading.markdown) == ((), (), None)


def test_where_the_reading_that_is_spoken_of_is_gone_another_one_is_taken(readings: Readings) -> None:
    gone = readings.reference(request(), reading("rapidocr", 0.9, "Maß"))
    readings.keep(request(), reading("tesseract", 0.5, "Mab"))

    found = best(readings, request(best=gone, why="first; not sure"))

    assert found is not None
    assert (found.reading.engine, found.last.why) == ("tesseract", "first; not sure")


@pytest.mark.parametrize(
    ("kept_for", "kept"),
    [
        ({}, reading("surya", 0.9, "Maß")),
        ({"page": 3}, reading("tesseract", 0.9, "Maß")),
        ({"run": 1}, reading("tesseract", 0.9, "Maß")),
        ({"tenant": "other"}, reading("tesseract", 0.9, "Maß")),
        ({}, reading("tesseract", 0.9, "Maß", languages=("eng",))),
        ({}, reading("consensus", 0.9, "Maß", made_of={"tesseract": "5", "rapidocr": "1"})),
    ],
    ids=["an engine nobody asked for", "another page", "a fresh run", "another tenant", "another language", "a vote"],
)
def test_nothing_is_taken_that_was_not_asked_for(readings: Readings, kept_for: dict[str, Any], kept: Reading) -> None:
    readings.keep(request(**kept_for), kept)

    assert best(readings) is None


def test_a_vote_of_two_is_taken_where_one_was_asked_for(readings: Readings) -> None:
    readings.keep(request(), reading("rapidocr", 0.9, "Mab"))
    readings.keep(request(), reading("consensus", 0.9, "Maß", made_of={"tesseract": "5", "rapidocr": "1"}))

    found = best(readings, consensus=True)

    assert found is not None
    assert found.reading.engine == "consensus"

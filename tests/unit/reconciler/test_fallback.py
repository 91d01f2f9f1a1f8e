"""The fallback reading of a page that no engine can read any more."""

from typing import Any

import pytest

from events.page import PageRequested
from functions.reading.reading import Block, Line, Reading, Word
from functions.reading.store import ReadingStore
from functions.reconciler.fallback import FallbackReading, find_fallback
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import make_reading, make_request

ROUTE = ("tesseract", "rapidocr")


@pytest.fixture
def readings() -> ReadingStore:
    return ReadingStore(MemoryStorage(), "pagebus-results")


def find_best(readings: ReadingStore, last: PageRequested | None = None, **fields: Any) -> FallbackReading | None:
    return find_fallback(last, make_request(**fields), ROUTE, readings)


def test_without_returned_request_highest_confidence_is_taken(readings: ReadingStore) -> None:
    for stored in (
        make_reading("tesseract", 0.5, "Mab"),
        make_reading("rapidocr", 0.7, "Maß"),
        make_reading("tesseract", 0.4, "M", engine_version="0"),
    ):
        readings.save_if_absent(make_request(), stored)

    found = find_best(readings)

    assert found is not None
    assert (found.reading.engine, found.reading.text) == ("rapidocr", "Maß")
    assert found.dataref == readings.make_reference(make_request(), found.reading).dataref


def test_confidence_in_last_request_replaces_stored_one(readings: ReadingStore) -> None:
    stored = readings.save_if_absent(make_request(), make_reading("tesseract", 0.5, "Mab"))
    readings.save_if_absent(make_request(), make_reading("rapidocr", 0.7, "Maß"))
    reference = readings.make_reference(make_request(), stored).model_copy(update={"confidence": 0.8})

    found = find_best(readings, make_request(best=reference))

    assert found is not None
    assert (found.reading.engine, found.reading.confidence) == ("tesseract", 0.8)


def test_higher_stored_confidence_beats_referenced_reading(
    readings: ReadingStore,
) -> None:
    low = readings.save_if_absent(make_request(), make_reading("tesseract", 0.3, "Mab"))
    readings.save_if_absent(make_request(), make_reading("rapidocr", 0.9, "Maß"))

    found = find_best(readings, make_request(best=readings.make_reference(make_request(), low), why="first; not sure"))

    assert found is not None
    assert (found.reading.engine, found.last_request.why) == ("rapidocr", "first; not sure")


def test_lower_confidence_in_last_request_counts(readings: ReadingStore) -> None:
    stored = readings.save_if_absent(make_request(), make_reading("tesseract", 0.9, "Mab"))
    readings.save_if_absent(make_request(), make_reading("rapidocr", 0.7, "Maß"))
    reference = readings.make_reference(make_request(), stored).model_copy(update={"confidence": 0.5})

    found = find_best(readings, make_request(best=reference))

    assert found is not None
    assert found.reading.engine == "rapidocr"


def test_positions_of_words_are_removed(readings: ReadingStore) -> None:
    line = Line(text="Maß", box=(0, 0, 9, 9), words=(Word(text="Maß", box=(0, 0, 9, 9)),))
    block = Block(text="Maß", lines=(0,))
    stored = readings.save_if_absent(
        make_request(), make_reading("tesseract", 0.5, "Maß", lines=(line,), blocks=(block,), markdown="Maß")
    )

    for last in (None, make_request(best=readings.make_reference(make_request(), stored))):
        found = find_best(readings, last)
        assert found is not None
        assert found.reading.as_event_fields(1000) == stored.as_event_fields(1000)
        assert (found.reading.lines, found.reading.blocks, found.reading.markdown) == ((), (), None)


def test_missing_referenced_reading_is_replaced_by_stored_one(readings: ReadingStore) -> None:
    missing = readings.make_reference(make_request(), make_reading("rapidocr", 0.9, "Maß"))
    readings.save_if_absent(make_request(), make_reading("tesseract", 0.5, "Mab"))

    found = find_best(readings, make_request(best=missing, why="first; not sure"))

    assert found is not None
    assert (found.reading.engine, found.last_request.why) == ("tesseract", "first; not sure")


@pytest.mark.parametrize(
    ("stored_for", "stored"),
    [
        ({}, make_reading("surya", 0.9, "Maß")),
        ({"page": 3}, make_reading("tesseract", 0.9, "Maß")),
        ({"run": 1}, make_reading("tesseract", 0.9, "Maß")),
        ({"tenant": "other"}, make_reading("tesseract", 0.9, "Maß")),
        ({}, make_reading("tesseract", 0.9, "Maß", languages=("eng",))),
        ({}, make_reading("consensus", 0.9, "Maß", made_of={"tesseract": "5", "rapidocr": "1"})),
    ],
    ids=["other engine", "other page", "fresh run", "other tenant", "other language", "consensus"],
)
def test_readings_of_other_requests_are_ignored(
    readings: ReadingStore, stored_for: dict[str, Any], stored: Reading
) -> None:
    readings.save_if_absent(make_request(**stored_for), stored)

    assert find_best(readings) is None


def test_consensus_reading_is_taken_if_requested(readings: ReadingStore) -> None:
    readings.save_if_absent(make_request(), make_reading("rapidocr", 0.9, "Mab"))
    readings.save_if_absent(
        make_request(), make_reading("consensus", 0.9, "Maß", made_of={"tesseract": "5", "rapidocr": "1"})
    )

    found = find_best(readings, consensus=True)

    assert found is not None
    assert found.reading.engine == "consensus"

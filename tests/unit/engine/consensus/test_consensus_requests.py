"""Page requests for a consensus: two engines read the page, and their consensus is stored once."""

import pytest

from events.page import PageRecognized, PageRequested
from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.routing.calibration import Calibration, Curve
from functions.engine.routing.decisions import route_before_reading
from tests.unit.engine.engine_fakes import FakeReader, make_reading, make_request
from tests.unit.engine.fake_engine import (
    FakeEngine,
    FakeRapidocr,
    expect_next_request,
    expect_recognized,
    share_storage,
)

MEASUREMENTS = PageMeasurements(width=10, height=10, dpi=300, dpi_stated=True)


def get_request_from_first_engine(engine: FakeEngine, *route: str) -> PageRequested:
    """Return the request that the first engine publishes."""
    return expect_next_request(engine(make_request(consensus=True, route=route or ("rapidocr",))))


def recognize_with_second_engine(engine: FakeEngine, reader: FakeReader) -> PageRecognized:
    """Return the event that the second engine publishes."""
    return expect_recognized(share_storage(engine, reader)(get_request_from_first_engine(engine)))


def test_confident_first_engine_still_passes_the_page_on() -> None:
    event = get_request_from_first_engine(FakeEngine(FakeReader(0.99)), "rapidocr", "surya")

    assert (event.engine, event.route, event.consensus) == ("rapidocr", ("surya",), True)
    assert event.best is not None
    assert event.best.engine == "tesseract"
    assert event.why.endswith("tesseract expects 99% to be right; a consensus needs two engines")


def test_hopeless_page_is_read_for_a_consensus() -> None:
    calibration = Calibration(
        source="x", after_reading=Curve(intercept=0, weights={}), before_reading=Curve(intercept=-9, weights={})
    )

    assert route_before_reading(make_request(route=("rapidocr",)), MEASUREMENTS, calibration)
    assert route_before_reading(make_request(route=("rapidocr",), consensus=True), MEASUREMENTS, calibration) is None


def test_second_engine_publishes_the_consensus_with_both_names() -> None:
    event = recognize_with_second_engine(
        FakeEngine(FakeReader(0.9, text="GroBe Freude")), FakeRapidocr(0.7, text="Größe Freude")
    )

    assert (event.text, event.engine, event.confidence) == ("Größe Freude", "consensus", 0.9)
    assert "rapidocr-5-tesseract-5" in event.engine_version
    assert event.why.endswith(
        "rapidocr expects 70% to be right, 80% wanted; rapidocr and tesseract differ in 1 of 2 words"
    )
    assert event.seconds.reading >= 3
    assert event.seconds.others == {}


def test_third_engine_gets_no_request_after_a_consensus() -> None:
    engine = FakeEngine(FakeReader(0.5))
    event = expect_recognized(
        share_storage(engine, FakeRapidocr(0.6))(get_request_from_first_engine(engine, "rapidocr", "surya"))
    )

    assert (event.engine, event.best_effort) == ("consensus", True)
    assert "surya" not in event.why


def test_redelivered_request_finds_the_stored_consensus() -> None:
    engine, second = FakeEngine(FakeReader(text="GroBe")), FakeRapidocr(text="Größe")
    request = get_request_from_first_engine(engine)
    first = share_storage(engine, second)(request)
    engine.storage.before_put = lambda: pytest.fail("nothing is stored twice")
    repeated = share_storage(engine, second)(request)

    assert (repeated.id, expect_recognized(repeated).dataref) == (first.id, expect_recognized(first).dataref)
    assert second.read_count == 1
    kinds = [key.rpartition("/")[2].partition("-")[0] for key in engine.storage.list_reading_keys()]
    assert kinds == ["consensus", "rapidocr", "tesseract"]


def test_stored_consensus_takes_the_current_higher_confidence() -> None:
    engine, second = FakeEngine(FakeReader(0.9, text="GroBe")), FakeRapidocr(0.7, text="Größe")
    request = get_request_from_first_engine(engine)
    assert request.best is not None
    less_confident = request.best.model_copy(update={"confidence": 0.4})

    before = expect_recognized(share_storage(engine, second)(request))
    after = expect_recognized(share_storage(engine, second)(request.model_copy(update={"best": less_confident})))

    assert (before.dataref, before.confidence, before.best_effort) == (after.dataref, 0.9, False)
    assert (after.confidence, after.best_effort) == (0.7, True)


def test_stored_consensus_lists_its_disagreements() -> None:
    engine = FakeEngine(FakeReader(text="GroBe"))
    event = recognize_with_second_engine(engine, FakeRapidocr(text="Größe"))
    reading = engine.readings.load(event.dataref, tenant="acme")

    assert reading is not None
    assert reading.made_of == {"rapidocr": "5", "tesseract": "5"}
    assert [(disagreement.read, disagreement.taken) for disagreement in reading.disagreements] == [
        ({"rapidocr": "Größe", "tesseract": "GroBe"}, "Größe")
    ]


@pytest.mark.parametrize("route", [(), ("rapidocr",)], ids=["no second engine", "second engine fails"])
def test_single_reading_is_the_result_without_second_engine(
    route: tuple[str, ...],
) -> None:
    engine = FakeEngine(FakeReader(0.6))
    event = engine(make_request(consensus=True, route=route))
    if route:
        event = share_storage(engine, FakeRapidocr(problem=RuntimeError()))(expect_next_request(event))

    assert expect_recognized(event).engine == "tesseract"
    assert expect_recognized(event).why.endswith("no second engine was available for a consensus")


def test_engine_builds_no_consensus_with_itself() -> None:
    engine = FakeEngine(FakeReader(0.6))
    repeated = get_request_from_first_engine(engine).model_copy(update={"engine": "tesseract", "route": ()})

    assert expect_recognized(engine(repeated)).engine == "tesseract"


def test_missing_first_reading_sends_the_page_to_another_engine() -> None:
    engine = FakeEngine(FakeReader(0.6))
    request = get_request_from_first_engine(engine, "rapidocr", "surya")
    engine.storage.objects = {
        name: stored for name, stored in engine.storage.objects.items() if name[0] != "pagebus-results"
    }
    event = expect_next_request(share_storage(engine, FakeRapidocr(0.9))(request))

    assert event.engine == "surya"
    assert event.best is not None
    assert event.best.engine == "rapidocr"


def test_request_without_consensus_gets_the_better_reading() -> None:
    engine = FakeEngine(FakeReader(0.6))
    best = engine.store_reading(make_reading("rapidocr", 0.7, "Maß"))

    assert expect_recognized(engine(make_request(best=best))).engine == "rapidocr"

"""The last event of a page has the reasons of all engines on its route, and the seconds that each one took."""

from tests.unit.engine.engine_fakes import FakeReader, make_request
from tests.unit.engine.fake_engine import (
    FakeEngine,
    FakeRapidocr,
    expect_next_request,
    expect_recognized,
    share_storage,
)


def test_reason_names_expectations_and_the_more_confident_engine() -> None:
    engine = FakeEngine(FakeReader(0.5))
    request = expect_next_request(engine(make_request(route=("rapidocr",))))
    assert request.why == "first on the route; tesseract expects 50% to be right, 80% wanted"

    event = expect_recognized(share_storage(engine, FakeRapidocr(0.95))(request))
    assert event.why == f"{request.why}; rapidocr expects 95% to be right; rapidocr is more confident"


def test_reason_names_a_more_confident_earlier_engine() -> None:
    engine = FakeEngine(FakeReader(0.6))
    event = expect_recognized(
        share_storage(engine, FakeRapidocr(0.4))(expect_next_request(engine(make_request(route=("rapidocr",)))))
    )
    assert event.why.endswith("rapidocr expects 40% to be right, 80% wanted; tesseract is more confident")


def test_reason_mentions_a_failed_last_engine() -> None:
    engine = FakeEngine(FakeReader(0.6))
    request = expect_next_request(engine(make_request(route=("rapidocr",))))
    event = expect_recognized(share_storage(engine, FakeRapidocr(problem=RuntimeError()))(request))
    assert event.why.endswith("rapidocr failed on the page; tesseract has the best reading")


def test_long_reasons_are_cut_in_the_middle() -> None:
    event = expect_recognized(FakeEngine()(make_request(why="because " * 1000)))
    assert len(event.why) < 1100
    assert event.why.startswith("because")
    assert event.why.endswith("tesseract expects 90% to be right")


def test_seconds_of_all_engines_are_published() -> None:
    engine = FakeEngine(FakeReader(0.5))
    request = expect_next_request(engine(make_request(route=("rapidocr",))))
    assert request.spent == {"tesseract": 1.5}

    event = expect_recognized(share_storage(engine, FakeRapidocr(0.95))(request))
    assert (event.engine, event.seconds.reading, event.seconds.others) == ("rapidocr", 1.5, {"tesseract": 1.5})


def test_seconds_of_a_rejected_reading_are_published() -> None:
    engine = FakeEngine(FakeReader(0.6))
    request = expect_next_request(engine(make_request(route=("rapidocr",))))
    event = expect_recognized(share_storage(engine, FakeRapidocr(0.4))(request))
    assert (event.engine, event.seconds.reading, event.seconds.others) == ("tesseract", 1.5, {"rapidocr": 1.5})


def test_repeated_engine_counts_its_seconds_once() -> None:
    engine = FakeEngine(FakeReader(0.6))
    request = expect_next_request(engine(make_request(route=("rapidocr",))))
    repeated = request.model_copy(update={"engine": "tesseract", "route": ()})
    assert expect_recognized(engine(repeated)).seconds.others == {}


def test_seconds_of_a_failed_engine_are_published() -> None:
    request = expect_next_request(FakeEngine(FakeReader(problem=RuntimeError()))(make_request(route=("rapidocr",))))
    assert request.spent["tesseract"] > 0

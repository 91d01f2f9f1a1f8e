"""What the last event tells of a page's whole way: who expected what, who was surest, and what each engine took."""

from tests.unit.engine.engine_fakes import FakeReader, request
from tests.unit.engine.handling import Engine, Rapidocr, beside, passed_on, recognized


def test_the_reason_tells_what_each_engine_expected_and_who_was_surer() -> None:
    engine = Engine(FakeReader(0.5))
    asked = passed_on(engine(request(route=("rapidocr",))))
    assert asked.why == "first on the route; tesseract expects 50% to be right, 80% wanted"

    said = recognized(beside(engine, Rapidocr(0.95))(asked))
    assert said.why == f"{asked.why}; rapidocr expects 95% to be right; rapidocr is surer"


def test_the_reason_tells_that_the_earlier_engine_was_surer_and_that_it_was_not_enough() -> None:
    engine = Engine(FakeReader(0.6))
    said = recognized(beside(engine, Rapidocr(0.4))(passed_on(engine(request(route=("rapidocr",))))))
    assert said.why.endswith("rapidocr expects 40% to be right, 80% wanted; tesseract is surer")


def test_the_reason_tells_that_the_reading_was_taken_because_the_last_engine_failed() -> None:
    engine = Engine(FakeReader(0.6))
    asked = passed_on(engine(request(route=("rapidocr",))))
    said = recognized(beside(engine, Rapidocr(problem=RuntimeError()))(asked))
    assert said.why.endswith("rapidocr failed on the page; tesseract has the best reading")


def test_reasons_are_bounded_and_still_tell_the_end() -> None:
    said = recognized(Engine()(request(why="because " * 1000)))
    assert len(said.why) < 1100
    assert said.why.startswith("because")
    assert said.why.endswith("tesseract expects 90% to be right")


def test_the_seconds_of_every_engine_that_read_the_page_are_told() -> None:
    engine = Engine(FakeReader(0.5))
    asked = passed_on(engine(request(route=("rapidocr",))))
    assert asked.spent == {"tesseract": 1.5}

    said = recognized(beside(engine, Rapidocr(0.95))(asked))
    assert (said.engine, said.seconds.reading, said.seconds.others) == ("rapidocr", 1.5, {"tesseract": 1.5})


def test_the_seconds_of_an_engine_whose_reading_was_not_taken_are_told_too() -> None:
    engine = Engine(FakeReader(0.6))
    asked = passed_on(engine(request(route=("rapidocr",))))
    said = recognized(beside(engine, Rapidocr(0.4))(asked))
    assert (said.engine, said.seconds.reading, said.seconds.others) == ("tesseract", 1.5, {"rapidocr": 1.5})


def test_an_engine_that_is_asked_again_for_its_reading_counts_once() -> None:
    engine = Engine(FakeReader(0.6))
    asked = passed_on(engine(request(route=("rapidocr",))))
    again = asked.model_copy(update={"engine": "tesseract", "route": ()})
    assert recognized(engine(again)).seconds.others == {}


def test_what_an_engine_spent_in_vain_is_told() -> None:
    asked = passed_on(Engine(FakeReader(problem=RuntimeError()))(request(route=("rapidocr",))))
    assert asked.spent["tesseract"] > 0

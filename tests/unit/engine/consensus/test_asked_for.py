"""A page for which a consensus is asked is read by two engines, and what they make of it is kept once."""

import pytest

from events.page import PageRecognized, PageRequested
from functions.engine.preparation.look import Look
from functions.engine.routing.calibration import Calibration, Curve
from functions.engine.routing.routing import at_sight
from tests.unit.engine.engine_fakes import FakeReader, reading, request
from tests.unit.engine.handling import Engine, Rapidocr, beside, passed_on, recognized

LOOK = Look(width=10, height=10, dpi=300, dpi_stated=True)


def asked(engine: Engine, *route: str) -> PageRequested:
    """What the first engine says."""
    return passed_on(engine(request(consensus=True, route=route or ("rapidocr",))))


def woven(engine: Engine, reader: FakeReader) -> PageRecognized:
    """What the second engine says."""
    return recognized(beside(engine, reader)(asked(engine)))


def test_however_sure_the_first_engine_is_the_page_goes_on_to_a_second_one() -> None:
    said = asked(Engine(FakeReader(0.99)), "rapidocr", "surya")

    assert (said.engine, said.route, said.consensus) == ("rapidocr", ("surya",), True)
    assert said.best is not None
    assert said.best.engine == "tesseract"
    assert said.why.endswith("tesseract expects 99% to be right; two are to read it")


def test_a_page_that_looks_hopeless_is_read_all_the_same() -> None:
    table = Calibration(made_from="x", read=Curve(intercept=0, weights={}), at_sight=Curve(intercept=-9, weights={}))

    assert at_sight(request(route=("rapidocr",)), LOOK, table)
    assert at_sight(request(route=("rapidocr",), consensus=True), LOOK, table) is None


def test_the_second_engine_says_what_both_have_read_and_names_both() -> None:
    said = woven(Engine(FakeReader(0.9, text="GroBe Freude")), Rapidocr(0.7, text="Größe Freude"))

    assert (said.text, said.engine, said.confidence) == ("Größe Freude", "consensus", 0.9)
    assert "rapidocr-5-tesseract-5" in said.engine_version
    assert said.why.endswith(
        "rapidocr expects 70% to be right, 80% wanted; rapidocr and tesseract differ in 1 of 2 words"
    )
    assert said.seconds.reading >= 3
    assert said.seconds.others == {}


def test_three_engines_of_which_two_have_read_ask_no_third() -> None:
    engine = Engine(FakeReader(0.5))
    said = recognized(beside(engine, Rapidocr(0.6))(asked(engine, "rapidocr", "surya")))

    assert (said.engine, said.best_effort) == ("consensus", True)
    assert "surya" not in said.why


def test_what_two_engines_made_is_kept_beside_what_each_read_and_a_redelivery_finds_it() -> None:
    engine, second = Engine(FakeReader(text="GroBe")), Rapidocr(text="Größe")
    following = asked(engine)
    first = beside(engine, second)(following)
    engine.storage.before_put = lambda: pytest.fail("nothing is kept again")
    again = beside(engine, second)(following)

    assert (again.id, recognized(again).dataref) == (first.id, recognized(first).dataref)
    assert second.read_pages == 1
    kinds = [key.rpartition("/")[2].partition("-")[0] for key in engine.storage.readings()]
    assert kinds == ["consensus", "rapidocr", "tesseract"]


def test_a_consensus_that_is_found_is_as_sure_as_the_surer_of_both_is_now() -> None:
    engine, second = Engine(FakeReader(0.9, text="GroBe")), Rapidocr(0.7, text="Größe")
    following = asked(engine)
    assert following.best is not None
    doubted = following.best.model_copy(update={"confidence": 0.4})

    then = recognized(beside(engine, second)(following))
    now = recognized(beside(engine, second)(following.model_copy(update={"best": doubted})))

    assert (then.dataref, then.confidence, then.best_effort) == (now.dataref, 0.9, False)
    assert (now.confidence, now.best_effort) == (0.7, True)


def test_what_is_listed_as_different_is_in_the_reading_that_the_event_refers_to() -> None:
    engine = Engine(FakeReader(text="GroBe"))
    said = woven(engine, Rapidocr(text="Größe"))
    kept = engine.readings.at(said.dataref, tenant="acme")

    assert kept is not None
    assert kept.made_of == {"rapidocr": "5", "tesseract": "5"}
    assert [(told.read, told.taken) for told in kept.disagreements] == [
        ({"rapidocr": "Größe", "tesseract": "GroBe"}, "Größe")
    ]


@pytest.mark.parametrize("route", [(), ("rapidocr",)], ids=["nobody else is there", "the other one fails"])
def test_where_only_one_engine_can_read_its_reading_is_the_result_and_why_is_said(
    route: tuple[str, ...],
) -> None:
    engine = Engine(FakeReader(0.6))
    said = engine(request(consensus=True, route=route))
    if route:
        said = beside(engine, Rapidocr(problem=RuntimeError()))(passed_on(said))

    assert recognized(said).engine == "tesseract"
    assert recognized(said).why.endswith("no second engine could be had for a consensus")


def test_an_engine_that_is_asked_again_for_its_own_reading_makes_no_consensus_with_itself() -> None:
    engine = Engine(FakeReader(0.6))
    again = asked(engine).model_copy(update={"engine": "tesseract", "route": ()})

    assert recognized(engine(again)).engine == "tesseract"


def test_where_the_first_reading_is_gone_the_page_goes_on_to_another_second_engine() -> None:
    engine = Engine(FakeReader(0.6))
    following = asked(engine, "rapidocr", "surya")
    engine.storage.objects = {at: body for at, body in engine.storage.objects.items() if at[0] != "pagebus-results"}
    said = passed_on(beside(engine, Rapidocr(0.9))(following))

    assert said.engine == "surya"
    assert said.best is not None
    assert said.best.engine == "rapidocr"


def test_who_asks_for_no_consensus_gets_none() -> None:
    engine = Engine(FakeReader(0.6))
    best = engine.earlier(reading("rapidocr", 0.7, "Maß"))

    assert recognized(engine(request(best=best))).engine == "rapidocr"

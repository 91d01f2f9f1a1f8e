from functions.engine.preparation.look import Look
from functions.engine.routing.calibration import Calibration, Curve, Weight
from functions.engine.routing.routing import after_reading, at_sight, calibrated, recalibrated, why_taken
from functions.reading.reading import Line
from tests.unit.engine.engine_fakes import reading, reference, request

LOOK = Look(width=10, height=10, dpi=300, dpi_stated=True)


def curve(intercept: float, **weights: float) -> Curve:
    made = {name: Weight(weight=weight, mean=0.5, deviation=0.5, least=0, most=1) for name, weight in weights.items()}
    return Curve(intercept=intercept, weights=made)


def test_a_reading_is_as_sure_as_its_engines_table_says() -> None:
    read = reading("a", 0.5, "Maß", lines=(Line(text="Maß", box=(0, 0, 1, 1), confidence=1.0),))
    found = calibrated(read, LOOK, Calibration(made_from="x", read=curve(0.0, sure=3.0)))
    assert round(found.confidence, 3) == 0.953
    assert found.signals["sure"] == 1.0


def test_a_reading_that_was_kept_is_as_sure_as_the_table_of_today_says() -> None:
    kept = reading("a", 0.5, "Maß", signals={"sure": 1.0})
    found = recalibrated(kept, Calibration(made_from="x", read=curve(0.0, sure=3.0)))
    assert round(found.confidence, 3) == 0.953
    assert found == kept.model_copy(update={"confidence": found.confidence}), "nothing else changes"


def test_a_reading_that_was_kept_without_what_the_table_asks_for_is_as_sure_as_it_was() -> None:
    kept = reading("a", 0.5, "Maß", signals={"sure": 1.0})
    assert recalibrated(kept, Calibration(made_from="x", read=curve(0.0, sure=3.0, unread=1.0))) == kept
    assert recalibrated(kept, None) == kept


def test_an_engine_without_a_table_is_as_sure_as_it_says() -> None:
    assert calibrated(reading("a", 0.5, "Maß"), LOOK, None).confidence == 0.5


def test_an_engine_that_is_not_expected_to_do_better_is_not_asked() -> None:
    table = Calibration(made_from="x", read=curve(0), others={"b": curve(-2), "c": curve(2)})
    mine = reading("a", 0.6, "Maß")
    onward = after_reading(request(route=("b", "c", "d")), mine, mine, table)
    assert onward
    assert onward.route == ("c", "d")
    assert "60%" in onward.why


def test_an_unsure_reading_is_taken_with_the_reason_that_nobody_would_do_better() -> None:
    mine = reading("a", 0.6, "Maß")
    assert why_taken(request(route=("b", "c")), mine, mine) == (
        "a expects 60% to be right, 80% wanted; b, c not expected to do better"
    )


def test_of_two_readings_that_are_as_sure_the_reason_says_so() -> None:
    mine = reading("b", 0.9, "Maß")
    assert why_taken(request(best=reference("a", 0.9)), mine, mine).endswith("b is as sure")


def test_an_earlier_reading_that_is_gone_is_not_called_less_sure() -> None:
    mine = reading("b", 0.6, "Maß")
    assert why_taken(request(best=reference("a", 0.7)), mine, mine).endswith("the reading of a is gone")


def test_a_page_that_looks_hopeless_here_goes_on_at_once_if_anybody_is_left() -> None:
    table = Calibration(made_from="x", read=curve(0), at_sight=curve(-1))
    assert at_sight(request(route=("b",)), LOOK, table)
    assert at_sight(request(), LOOK, table) is None

from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.routing.calibration import (
    Calibration,
    Curve,
    SignalWeight,
    calibrate_reading,
    recalibrate_reading,
)
from functions.engine.routing.decisions import explain_result, route_after_reading, route_before_reading
from functions.reading.reading import Line
from tests.unit.engine.engine_fakes import make_reading, make_reference, make_request

MEASUREMENTS = PageMeasurements(width=10, height=10, dpi=300, dpi_stated=True)


def make_curve(intercept: float, **weights: float) -> Curve:
    signal_weights = {
        name: SignalWeight(weight=weight, mean=0.5, deviation=0.5, minimum=0, maximum=1)
        for name, weight in weights.items()
    }
    return Curve(intercept=intercept, weights=signal_weights)


def test_reading_gets_the_calibrated_confidence() -> None:
    reading = make_reading("a", 0.5, "Maß", lines=(Line(text="Maß", box=(0, 0, 1, 1), confidence=1.0),))
    calibrated = calibrate_reading(
        reading, MEASUREMENTS, Calibration(source="x", after_reading=make_curve(0.0, sure=3.0))
    )
    assert round(calibrated.confidence, 3) == 0.953
    assert calibrated.signals["sure"] == 1.0


def test_stored_reading_gets_the_current_calibrated_confidence() -> None:
    stored = make_reading("a", 0.5, "Maß", signals={"sure": 1.0})
    calibrated = recalibrate_reading(stored, Calibration(source="x", after_reading=make_curve(0.0, sure=3.0)))
    assert round(calibrated.confidence, 3) == 0.953
    assert calibrated == stored.model_copy(update={"confidence": calibrated.confidence}), "nothing else changes"


def test_stored_reading_without_signals_keeps_its_confidence() -> None:
    stored = make_reading("a", 0.5, "Maß", signals={"sure": 1.0})
    assert (
        recalibrate_reading(stored, Calibration(source="x", after_reading=make_curve(0.0, sure=3.0, unread=1.0)))
        == stored
    )
    assert recalibrate_reading(stored, None) == stored


def test_reading_without_calibration_keeps_its_confidence() -> None:
    assert calibrate_reading(make_reading("a", 0.5, "Maß"), MEASUREMENTS, None).confidence == 0.5


def test_engine_without_expected_improvement_leaves_the_route() -> None:
    calibration = Calibration(
        source="x", after_reading=make_curve(0), other_engines={"b": make_curve(-2), "c": make_curve(2)}
    )
    reading = make_reading("a", 0.6, "Maß")
    passed_on = route_after_reading(make_request(route=("b", "c", "d")), reading, reading, calibration)
    assert passed_on
    assert passed_on.route == ("c", "d")
    assert "60%" in passed_on.why


def test_reason_names_engines_without_expected_improvement() -> None:
    reading = make_reading("a", 0.6, "Maß")
    assert explain_result(make_request(route=("b", "c")), reading, reading) == (
        "a expects 60% to be right, 80% wanted; b, c not expected to do better"
    )


def test_reason_mentions_equal_confidence() -> None:
    reading = make_reading("b", 0.9, "Maß")
    assert explain_result(make_request(best=make_reference("a", 0.9)), reading, reading).endswith(
        "b is equally confident"
    )


def test_reason_mentions_a_missing_earlier_reading() -> None:
    reading = make_reading("b", 0.6, "Maß")
    assert explain_result(make_request(best=make_reference("a", 0.7)), reading, reading).endswith(
        "the reading of a is gone"
    )


def test_hopeless_page_is_passed_on_if_engines_remain() -> None:
    calibration = Calibration(source="x", after_reading=make_curve(0), before_reading=make_curve(-1))
    assert route_before_reading(make_request(route=("b",)), MEASUREMENTS, calibration)
    assert route_before_reading(make_request(), MEASUREMENTS, calibration) is None

"""The calibration files of the engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.routing.calibration import FILE_NAME, Calibration, Curve, collect_page_signals, collect_signals
from functions.engine.routing.unread_strokes import UNREAD_STROKES
from functions.reading.reading import Line
from tests.kit import ROOT
from tests.unit.engine.engine_fakes import make_reading

FILES = sorted((ROOT / "functions").glob(f"*/{FILE_NAME}"))
MEASUREMENTS = PageMeasurements(width=100, height=100, dpi=300, dpi_stated=True, text_height=10)
GOOD_READING, BAD_READING = (
    make_reading(
        "a",
        confidence,
        "Maß",
        lines=(Line(text="Maß", box=(0, 0, 9, 9), confidence=confidence),),
        signals={UNREAD_STROKES: unread},
    )
    for confidence, unread in ((1.0, 0.0), (0.3, 0.5))
)


def list_curves(calibration: Calibration) -> Iterator[Curve]:
    yield from (calibration.after_reading, *calibration.other_engines.values())


def test_engines_for_every_machine_have_calibrations() -> None:
    assert [path.parent.name for path in FILES] == ["rapidocr", "tesseract"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_calibration_uses_only_existing_signals(path: Path) -> None:
    calibration = Calibration.model_validate_json(path.read_bytes())
    assert all(
        curve.predict(collect_signals(GOOD_READING, MEASUREMENTS)) is not None for curve in list_curves(calibration)
    )
    assert (
        calibration.before_reading is None
        or calibration.before_reading.predict(collect_page_signals(MEASUREMENTS)) is not None
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_half_read_page_gets_a_lower_confidence(path: Path) -> None:
    calibration = Calibration.model_validate_json(path.read_bytes())
    good, bad = (
        calibration.after_reading.predict(collect_signals(reading, MEASUREMENTS))
        for reading in (GOOD_READING, BAD_READING)
    )
    assert good is not None
    assert bad is not None
    assert bad < good - 0.1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_other_engines_of_a_calibration_exist(path: Path) -> None:
    calibration = Calibration.model_validate_json(path.read_bytes())
    assert all((ROOT / "functions" / engine / "reader.py").exists() for engine in calibration.other_engines)

"""The tables that come with the engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.engine.preparation.look import Look
from functions.engine.routing.calibration import FILE, Calibration, Curve
from functions.engine.routing.signals import UNREAD_STROKES, seen, signals
from functions.reading.reading import Line
from tests.kit import ROOT
from tests.unit.engine.engine_fakes import reading

TABLES = sorted((ROOT / "functions").glob(f"*/{FILE}"))
LOOK = Look(width=100, height=100, dpi=300, dpi_stated=True, text_height=10)
GOOD, BAD = (
    reading(
        "a",
        confidence,
        "Maß",
        lines=(Line(text="Maß", box=(0, 0, 9, 9), confidence=confidence),),
        signals={UNREAD_STROKES: unread},
    )
    for confidence, unread in ((1.0, 0.0), (0.3, 0.5))
)


def curves(table: Calibration) -> Iterator[Curve]:
    yield from (table.read, *table.others.values())


def test_the_engines_that_read_on_any_machine_have_tables() -> None:
    assert [path.parent.name for path in TABLES] == ["rapidocr", "tesseract"]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.parent.name)
def test_a_table_asks_only_for_signals_that_there_are(path: Path) -> None:
    table = Calibration.model_validate_json(path.read_bytes())
    assert all(curve.expected(signals(GOOD, LOOK)) is not None for curve in curves(table))
    assert table.at_sight is None or table.at_sight.expected(seen(LOOK)) is not None


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.parent.name)
def test_a_page_that_was_half_read_is_expected_to_be_worse(path: Path) -> None:
    table = Calibration.model_validate_json(path.read_bytes())
    good, bad = (table.read.expected(signals(read, LOOK)) for read in (GOOD, BAD))
    assert good is not None
    assert bad is not None
    assert bad < good - 0.1


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.parent.name)
def test_others_of_a_table_are_engines_that_there_are(path: Path) -> None:
    table = Calibration.model_validate_json(path.read_bytes())
    assert all((ROOT / "functions" / engine / "reader.py").exists() for engine in table.others)

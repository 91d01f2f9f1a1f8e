"""Coordinates of a prepared page are mapped to the rendered page."""

from typing import Any

import pytest

from functions.engine.preparation.correction_plan import CorrectionPlan, compute_page_transform, compute_prepared_size
from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.preparation.page_image import PageImage, map_reading_to_page
from functions.engine.reader import Raster
from functions.reading.reading import Block, Cell, Line, Preparation, Word
from tests.unit.engine.engine_fakes import make_reading

PAGE = (200, 300)


def prepare(**corrections: Any) -> PageImage:
    """Return a page image of 200 x 300 pixels after these corrections."""
    plan = CorrectionPlan(**corrections)
    preparation = Preparation(steps=plan.steps, to_page=compute_page_transform(PAGE, plan)) if plan.steps else None
    raster = Raster(b"", *compute_prepared_size(PAGE, plan), 300)
    measurements = PageMeasurements(width=200, height=300, dpi=300, dpi_stated=True)
    return PageImage(raster, measurements, preparation, {"prepare": 0.5})


def make_line(box: tuple[int, int, int, int]) -> Line:
    return Line(text="Öl", box=box, words=(Word(text="Öl", box=box),))


@pytest.mark.parametrize(
    ("rotation", "box", "first_corner"),
    [
        # On the rotated page the word is at 10 to 30 from the left and 40 to 45 from the top.
        (90, (40, 270, 45, 290), (40, 290)),
        (180, (170, 255, 190, 260), (190, 260)),
        (270, (155, 10, 160, 30), (160, 10)),
    ],
)
def test_word_of_a_rotated_page_gets_its_original_place(
    rotation: int, box: tuple[int, int, int, int], first_corner: tuple[int, int]
) -> None:
    rotated = make_reading("tesseract", 1.0, "Öl", lines=(make_line((10, 40, 30, 45)),))
    mapped = map_reading_to_page(rotated, prepare(rotation=rotation))
    word = mapped.lines[0].words[0]
    assert (mapped.width, mapped.height) == PAGE
    assert word.box == mapped.lines[0].box == box
    assert word.polygon is not None
    assert word.polygon[0] == first_corner


def test_line_of_a_deskewed_page_is_skewed_on_the_page() -> None:
    image = prepare(deskew_degrees=4.0)
    middle = image.raster.height // 2
    deskewed = make_reading("tesseract", 1.0, "Öl", lines=(make_line((50, middle - 5, 150, middle + 5)),))
    mapped = map_reading_to_page(deskewed, image)
    assert mapped.lines[0].polygon is not None
    (left, top), (right, lower), *_ = mapped.lines[0].polygon
    assert lower - top == pytest.approx(100 * 0.0698, abs=1)
    assert right - left == pytest.approx(100, abs=1)
    assert mapped.lines[0].box == (left - 1, top, right, mapped.lines[0].box[3])


def test_coordinates_of_a_scaled_page_are_scaled_back() -> None:
    scaled = make_reading("tesseract", 1.0, "Öl", lines=(make_line((20, 40, 60, 80)),))
    mapped = map_reading_to_page(scaled, prepare(scale=2))
    assert mapped.lines[0].box == (10, 20, 30, 40)
    assert mapped.lines[0].polygon is None


def test_blocks_and_cells_are_mapped_like_lines() -> None:
    cell = Cell(row=0, column=0, text="Öl", box=(10, 40, 30, 45))
    table = Block(kind="table", text="Öl", box=(10, 40, 30, 45), cells=(cell, Cell(row=0, column=1, text="")))
    without_box = Block(text="Öl")
    mapped = map_reading_to_page(
        make_reading("tesseract", 1.0, "Öl", blocks=(table, without_box)), prepare(rotation=180)
    )
    assert mapped.blocks[0].box == mapped.blocks[0].cells[0].box == (170, 255, 190, 260)
    assert (mapped.blocks[0].cells[1].box, mapped.blocks[1]) == (None, without_box)


def test_first_corner_of_a_polygon_stays_the_first() -> None:
    skewed = Line(text="Öl", box=(10, 40, 31, 50), polygon=((10, 40), (30, 45), (31, 50), (11, 45)))
    mapped = map_reading_to_page(make_reading("rapidocr", 1.0, "Öl", lines=(skewed,)), prepare(rotation=180))
    assert mapped.lines[0].polygon == ((190, 260), (170, 255), (169, 250), (189, 255))


def test_mapped_boxes_stay_on_the_page() -> None:
    image = prepare(deskew_degrees=4.0)
    whole_page = make_line((0, 0, image.raster.width, image.raster.height))
    mapped = map_reading_to_page(make_reading("tesseract", 1.0, "Öl", lines=(whole_page,)), image)
    assert mapped.lines[0].box == (0, 0, 200, 300)


def test_reading_records_the_corrections_and_their_seconds() -> None:
    image = prepare(rotation=180, deskew_degrees=4.0)
    mapped = map_reading_to_page(make_reading("tesseract", 1.0, "Öl", timings={"recognise": 1.0}), image)
    assert mapped.preparation is not None
    assert mapped.preparation.steps == ("rotated by 180°", "deskewed by 4.0°")
    assert mapped.timings == {"prepare": 0.5, "recognise": 1.0}


def test_reading_of_an_uncorrected_page_keeps_its_lines() -> None:
    unmapped = make_reading("tesseract", 1.0, "Öl", lines=(make_line((10, 40, 30, 45)),), width=200, height=300)
    mapped = map_reading_to_page(unmapped, prepare())
    assert (mapped.lines, mapped.preparation) == (unmapped.lines, None)
    assert mapped.timings == {"prepare": 0.5}

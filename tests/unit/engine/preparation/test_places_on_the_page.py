from typing import Any

import pytest

from functions.engine.pages import PageImage
from functions.engine.preparation.geometry import prepared_size, to_page
from functions.engine.preparation.look import Look
from functions.engine.preparation.mapping import on_page
from functions.engine.preparation.treatment import Treatment
from functions.engine.reader import Raster
from functions.reading.reading import Block, Cell, Line, Preparation, Word
from tests.unit.engine.engine_fakes import reading

PAGE = (200, 300)


def prepared(**treatment: Any) -> PageImage:
    done = Treatment(**treatment)
    preparation = Preparation(steps=done.steps, to_page=to_page(PAGE, done)) if done.steps else None
    raster = Raster(b"", *prepared_size(PAGE, done), 300)
    return PageImage(raster, Look(width=200, height=300, dpi=300, dpi_stated=True), preparation, {"prepare": 0.5})


def line(box: tuple[int, int, int, int]) -> Line:
    return Line(text="Öl", box=box, words=(Word(text="Öl", box=box),))


@pytest.mark.parametrize(
    ("turned", "box", "first_corner"),
    [
        # A mark at 10 to 30 from the left and 40 to 45 from the top of the page as it was turned.
        (90, (40, 270, 45, 290), (40, 290)),
        (180, (170, 255, 190, 260), (190, 260)),
        (270, (155, 10, 160, 30), (160, 10)),
    ],
)
def test_a_word_on_a_turned_page_lies_where_it_was_before(
    turned: int, box: tuple[int, int, int, int], first_corner: tuple[int, int]
) -> None:
    found = on_page(reading("tesseract", 1.0, "Öl", lines=(line((10, 40, 30, 45)),)), prepared(turned=turned))
    word = found.lines[0].words[0]
    assert (found.width, found.height) == PAGE
    assert word.box == found.lines[0].box == box
    assert word.polygon is not None
    assert word.polygon[0] == first_corner


def test_a_level_line_of_a_straightened_page_lies_askew_on_the_page() -> None:
    image = prepared(straightened=4.0)
    middle = image.raster.height // 2
    found = on_page(reading("tesseract", 1.0, "Öl", lines=(line((50, middle - 5, 150, middle + 5)),)), image)
    assert found.lines[0].polygon is not None
    (left, top), (right, lower), *_ = found.lines[0].polygon
    assert lower - top == pytest.approx(100 * 0.0698, abs=1)
    assert right - left == pytest.approx(100, abs=1)
    assert found.lines[0].box == (left - 1, top, right, found.lines[0].box[3])


def test_a_larger_page_gives_its_places_back_in_the_pages_own_pixels() -> None:
    found = on_page(reading("tesseract", 1.0, "Öl", lines=(line((20, 40, 60, 80)),)), prepared(scale=2))
    assert found.lines[0].box == (10, 20, 30, 40)
    assert found.lines[0].polygon is None


def test_blocks_and_cells_move_with_their_lines() -> None:
    cell = Cell(row=0, column=0, text="Öl", box=(10, 40, 30, 45))
    table = Block(kind="table", text="Öl", box=(10, 40, 30, 45), cells=(cell, Cell(row=0, column=1, text="")))
    placeless = Block(text="Öl")
    found = on_page(reading("tesseract", 1.0, "Öl", blocks=(table, placeless)), prepared(turned=180))
    assert found.blocks[0].box == found.blocks[0].cells[0].box == (170, 255, 190, 260)
    assert (found.blocks[0].cells[1].box, found.blocks[1]) == (None, placeless)


def test_a_polygon_keeps_its_first_corner_where_reading_begins() -> None:
    askew = Line(text="Öl", box=(10, 40, 31, 50), polygon=((10, 40), (30, 45), (31, 50), (11, 45)))
    found = on_page(reading("rapidocr", 1.0, "Öl", lines=(askew,)), prepared(turned=180))
    assert found.lines[0].polygon == ((190, 260), (170, 255), (169, 250), (189, 255))


def test_no_place_lies_outside_of_the_page() -> None:
    image = prepared(straightened=4.0)
    everything = line((0, 0, image.raster.width, image.raster.height))
    assert on_page(reading("tesseract", 1.0, "Öl", lines=(everything,)), image).lines[0].box == (0, 0, 200, 300)


def test_what_was_done_and_how_long_it_took_is_recorded() -> None:
    found = on_page(reading("tesseract", 1.0, "Öl", timings={"recognise": 1.0}), prepared(turned=180, straightened=4.0))
    assert found.preparation is not None
    assert found.preparation.steps == ("turned by 180°", "straightened by 4.0°")
    assert found.timings == {"prepare": 0.5, "recognise": 1.0}


def test_a_page_that_needed_nothing_is_left_as_it_was_read() -> None:
    read = reading("tesseract", 1.0, "Öl", lines=(line((10, 40, 30, 45)),), width=200, height=300)
    found = on_page(read, prepared())
    assert (found.lines, found.preparation) == (read.lines, None)
    assert found.timings == {"prepare": 0.5}

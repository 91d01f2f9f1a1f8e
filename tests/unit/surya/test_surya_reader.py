"""Surya's own predictors read German, from a tiny checkpoint on disk (tests/checkpoints) to a reading."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.engine.reader import Raster
from functions.reading.reading import Kind
from functions.surya.reader import Surya
from tests.checkpoints.lines import LINES, page
from tests.checkpoints.surya import ROWS, table
from tests.unit.surya.surya_kit import TINY, settings

#: Higher by far than wide: Qwen's processor refuses more than 200 to 1.
TOWER = Raster(b"\0" * 10 * 10_000, 10, 10_000, 300)


@pytest.mark.parametrize("text", LINES)
def test_german_is_read_to_the_letter(surya: Surya, text: str) -> None:
    reading = surya.read(page(text), ("deu",))
    assert (reading.text, reading.markdown, reading.languages) == (text, text, ("deu",))
    assert 0.9 < reading.confidence <= 1


def test_a_page_has_blocks_with_their_places(surya: Surya) -> None:
    (block,) = surya.read(page(LINES[1]), ("deu",)).blocks
    assert (block.kind, block.text, block.box) == (Kind.TEXT, LINES[1], (45, 20, 705, 80))
    assert block.polygon == ((45, 20), (705, 20), (705, 80), (45, 80))


def test_blocks_that_the_layout_tells_of_are_read_one_by_one(by_blocks: Surya) -> None:
    readings = [by_blocks.read(page(text), ("deu",)) for text in LINES]
    assert [reading.text for reading in readings] == list(LINES)
    assert [block.box for reading in readings for block in reading.blocks] == [(45, 20, 705, 80)] * 3


def test_a_table_has_cells_with_their_places(surya: Surya) -> None:
    reading = surya.read(table(), ("deu",))
    (block,) = reading.blocks
    assert block.kind is Kind.TABLE
    assert reading.text == "\n".join("\t".join(row) for row in ROWS)
    assert [(cell.row, cell.column, cell.text) for cell in block.cells] == [
        (row, column, text) for row, texts in enumerate(ROWS) for column, text in enumerate(texts)
    ]
    assert [cell.box for cell in block.cells] == [
        (0, 0, 375, 100),
        (375, 0, 750, 100),
        (0, 100, 375, 200),
        (375, 100, 750, 200),
    ]


def test_what_it_cannot_tell_is_absent(surya: Surya) -> None:
    reading = surya.read(page(LINES[0]), ("deu",))
    assert (reading.lines, reading.blocks[0].lines, reading.blocks[0].cells) == ((), (), ())
    assert (reading.width, reading.height, reading.dpi, reading.unit) == (750, 100, 300, "pixel")


def test_what_it_was_sure_from_and_where_its_time_went_is_told(surya: Surya) -> None:
    reading = surya.read(page(LINES[0]), ("deu",))
    assert reading.signals["token_probability"] == pytest.approx(reading.confidence)
    assert (reading.signals["unsure_tokens"], reading.signals["cut_off"]) == (0, 0)
    assert reading.timings.keys() == {"recognize", "tables", "lines"}
    assert reading.seconds == pytest.approx(sum(reading.timings.values()))


def test_one_bad_page_among_eight_fails_alone(surya: Surya) -> None:
    images = [*map(page, LINES), TOWER, *map(page, LINES), page(LINES[0])]
    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(surya.read, image, ("deu",)) for image in images]
        errors = [future.exception() for future in futures]
    assert [number for number, error in enumerate(errors) if error] == [3]
    texts = [future.result().text for future in futures if not future.exception()]
    assert texts == [*LINES, *LINES, LINES[0]]


def test_a_blank_page_is_certainly_empty(surya: Surya) -> None:
    blank = Raster(b"\xff" * 750 * 100, 750, 100, 300)
    reading = surya.read(blank, ("deu",))
    assert (reading.text, reading.blocks) == ("", ()), "Surya drops text where there is no ink"
    assert reading.confidence == 1


def test_other_weights_layouts_and_lines_are_other_versions() -> None:
    versions = {
        Surya(settings(model_dir=TINY, **given)).version
        for given in ({}, {"surya_layout": "surya"}, {"surya_lines_dir": TINY})
    }
    assert len(versions) == 3


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    assert not hasattr(Surya(settings(model_dir=TINY)), "_model")

"""Surya's own predictors read German with a tiny model (tests/checkpoints), from a checkpoint to a reading."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.engine.reader import Raster
from functions.reading.reading import BlockKind
from functions.reading.store import ReadingStore
from functions.surya.reader import Surya
from tests.checkpoints.lines import LINES, render_page
from tests.checkpoints.surya import ROWS, render_table_page
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import make_reading, make_request
from tests.unit.surya.surya_kit import TINY, make_settings

#: Qwen's processor refuses an image whose sides differ by more than 200 to 1.
TOO_NARROW = Raster(b"\0" * 10 * 10_000, 10, 10_000, 300)


@pytest.mark.parametrize("text", LINES)
def test_german_is_read_exactly(surya: Surya, text: str) -> None:
    reading = surya.read(render_page(text), ("deu",))
    assert (reading.text, reading.markdown, reading.languages) == (text, text, ("deu",))
    assert 0.9 < reading.confidence <= 1


def test_blocks_have_boxes_and_polygons(surya: Surya) -> None:
    (block,) = surya.read(render_page(LINES[1]), ("deu",)).blocks
    assert (block.kind, block.text, block.box) == (BlockKind.TEXT, LINES[1], (45, 20, 705, 80))
    assert block.polygon == ((45, 20), (705, 20), (705, 80), (45, 80))


def test_blocks_of_the_layout_are_read_singly(by_blocks: Surya) -> None:
    readings = [by_blocks.read(render_page(text), ("deu",)) for text in LINES]
    assert [reading.text for reading in readings] == list(LINES)
    assert [block.box for reading in readings for block in reading.blocks] == [(45, 20, 705, 80)] * 3


def test_table_cells_have_boxes(surya: Surya) -> None:
    reading = surya.read(render_table_page(), ("deu",))
    (block,) = reading.blocks
    assert block.kind is BlockKind.TABLE
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


def test_reading_without_detection_has_no_lines(surya: Surya) -> None:
    reading = surya.read(render_page(LINES[0]), ("deu",))
    assert (reading.lines, reading.blocks[0].lines, reading.blocks[0].cells) == ((), (), ())
    assert (reading.width, reading.height, reading.dpi, reading.unit) == (750, 100, 300, "pixel")


def test_reading_has_signals_and_timings(surya: Surya) -> None:
    reading = surya.read(render_page(LINES[0]), ("deu",))
    assert reading.signals["token_probability"] == pytest.approx(reading.confidence)
    assert (reading.signals["unsure_tokens"], reading.signals["cut_off"]) == (0, 0)
    assert reading.timings.keys() == {"recognize", "tables", "lines"}
    assert reading.seconds == pytest.approx(sum(reading.timings.values()))


def test_bad_page_among_eight_fails_alone(surya: Surya) -> None:
    images = [*map(render_page, LINES), TOO_NARROW, *map(render_page, LINES), render_page(LINES[0])]
    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(surya.read, image, ("deu",)) for image in images]
        errors = [future.exception() for future in futures]
    assert [number for number, error in enumerate(errors) if error] == [3]
    texts = [future.result().text for future in futures if not future.exception()]
    assert texts == [*LINES, *LINES, LINES[0]]


def test_blank_page_is_empty_with_full_confidence(surya: Surya) -> None:
    blank = Raster(b"\xff" * 750 * 100, 750, 100, 300)
    reading = surya.read(blank, ("deu",))
    assert (reading.text, reading.blocks) == ("", ()), "Surya drops text where there is no ink"
    assert reading.confidence == 1


def test_version_depends_on_layout_and_line_detection() -> None:
    versions = {
        Surya(make_settings(model_dir=TINY, **given)).version
        for given in ({}, {"surya_layout": "surya"}, {"surya_lines_dir": TINY})
    }
    assert len(versions) == 3


def test_stored_reading_of_an_earlier_build_is_not_used() -> None:
    current = Surya(make_settings(model_dir=TINY)).version
    earlier = current.replace("-code2-", "-")  # before the engine's own code was part of its version
    store, page_request = ReadingStore(MemoryStorage(), "results"), make_request(engine="surya")
    store.save_if_absent(page_request, make_reading("surya", 0.9, "Typ", engine_version=earlier))

    assert current != earlier
    assert store.find(page_request, "surya", earlier)
    assert store.find(page_request, "surya", current) is None


def test_model_is_not_loaded_before_load() -> None:
    assert not hasattr(Surya(make_settings(model_dir=TINY)), "_model")

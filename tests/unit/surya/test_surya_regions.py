"""Detection and layout models are loaded and run. Their weights are random, so their boxes are meaningless."""

from pathlib import Path

import pytest

from functions.surya.regions import Region, drop_nested_regions
from tests.checkpoints.lines import LINES, render_page
from tests.checkpoints.surya_places import save_detection_model, save_layout_model
from tests.unit.surya.surya_kit import TINY, load_reader


@pytest.fixture
def lines_dir(tmp_path: Path) -> Path:
    save_detection_model(tmp_path)
    return tmp_path


@pytest.fixture
def layout_dir(tmp_path: Path) -> Path:
    save_layout_model(tmp_path)
    return tmp_path


def test_detection_model_does_not_change_the_text(lines_dir: Path) -> None:
    reader = load_reader(model_dir=TINY, surya_lines_dir=lines_dir)
    assert reader.read(render_page(LINES[0]), ("deu",)).text == LINES[0]
    assert reader.version.endswith("-lines")


def test_regions_of_doclings_layout_model_are_read(layout_dir: Path) -> None:
    reader = load_reader(model_dir=TINY, surya_layout="docling", docling_layout_dir=layout_dir)
    reading = reader.read(render_page(LINES[0]), ("deu",))
    assert 0 < len(reading.blocks) <= 20, "at most the number of the model's queries"
    assert reader.version.endswith("-docling")


def test_region_inside_another_is_dropped() -> None:
    table, cell, beside = (
        Region("Table", (0, 0, 100, 100)),
        Region("Text", (5, 5, 50, 20)),
        Region("Text", (90, 0, 200, 9)),
    )
    assert drop_nested_regions([cell, table, beside]) == [table, beside]


def test_empty_region_is_dropped() -> None:
    assert drop_nested_regions([Region("Text", (5, 5, 5, 20))]) == []

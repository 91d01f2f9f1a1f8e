"""Models that find places are loaded and run. Their weights are random: what they find means nothing."""

from pathlib import Path

import pytest

from functions.surya.regions import Region, outermost
from tests.checkpoints.lines import LINES, page
from tests.checkpoints.surya_places import detection, layout
from tests.unit.surya.surya_kit import TINY, loaded


@pytest.fixture
def lines_dir(tmp_path: Path) -> Path:
    detection(tmp_path)
    return tmp_path


@pytest.fixture
def layout_dir(tmp_path: Path) -> Path:
    layout(tmp_path)
    return tmp_path


def test_a_detection_model_is_loaded_and_leaves_the_text_alone(lines_dir: Path) -> None:
    reader = loaded(model_dir=TINY, surya_lines_dir=lines_dir)
    assert reader.read(page(LINES[0]), ("deu",)).text == LINES[0]
    assert reader.version.endswith("-lines")


def test_doclings_layout_model_is_loaded_and_its_regions_are_asked_about(layout_dir: Path) -> None:
    reader = loaded(model_dir=TINY, surya_layout="docling", docling_layout_dir=layout_dir)
    reading = reader.read(page(LINES[0]), ("deu",))
    assert 0 < len(reading.blocks) <= 20, "at most its queries"
    assert reader.version.endswith("-docling")


def test_a_region_inside_of_another_one_is_part_of_it() -> None:
    table, cell, beside = (
        Region("Table", (0, 0, 100, 100)),
        Region("Text", (5, 5, 50, 20)),
        Region("Text", (90, 0, 200, 9)),
    )
    assert outermost([cell, table, beside]) == [table, beside]


def test_a_region_of_nothing_is_none() -> None:
    assert outermost([Region("Text", (5, 5, 5, 20))]) == []

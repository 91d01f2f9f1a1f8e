from types import SimpleNamespace
from typing import Any

from functions.reading.reading import BlockKind
from functions.surya.blocks import TableGrid, build_block

PAGE = (1000, 500)
TABLE = "<table><tr><td>a</td><td>b</td></tr><tr><td colspan='2'>c</td></tr></table>"
GRID = TableGrid(2, 2, {(0, 0): (0, 0, 5, 5), (0, 1): (5, 0, 10, 5), (1, 0): (0, 5, 5, 10), (1, 1): (5, 5, 10, 10)})


def make_surya_block(html: str = "<p>Größe</p>", **fields: Any) -> Any:
    corners = [[10.4, 20.0], [90.0, 20.0], [90.0, 40.6], [10.4, 40.6]]
    defaults = {"label": "Text", "polygon": corners, "confidence": 0.9, "skipped": False}
    return SimpleNamespace(html=html, **(defaults | fields))


def test_block_has_kind_text_box_and_confidence() -> None:
    block = build_block(make_surya_block(label="SectionHeader", html="<h1>Größe</h1>"), PAGE)
    assert (block.kind, block.text, block.box, block.confidence) == (BlockKind.HEADING, "Größe", (10, 20, 90, 41), 0.9)
    assert block.polygon == ((10, 20), (90, 20), (90, 41), (10, 41))


def test_unknown_label_is_text() -> None:
    assert build_block(make_surya_block(label="Bibliography"), PAGE).kind is BlockKind.TEXT


def test_block_is_clipped_to_the_page() -> None:
    beyond = make_surya_block(polygon=[[-3, -1], [1004, -1], [1004, 507], [-3, 507]])
    assert build_block(beyond, PAGE).box == (0, 0, 1000, 500)


def test_skipped_block_has_no_confidence() -> None:
    assert (
        build_block(make_surya_block(label="Picture", html="", skipped=True, confidence=1.0), PAGE).confidence is None
    )


def test_table_cells_get_boxes_from_the_grid() -> None:
    block = build_block(make_surya_block(label="Table", html=TABLE), PAGE, GRID)
    assert [(cell.text, cell.box) for cell in block.cells] == [
        ("a", (0, 0, 5, 5)),
        ("b", (5, 0, 10, 5)),
        ("c", (0, 5, 10, 10)),
    ]


def test_grid_of_another_size_gives_no_boxes() -> None:
    for grid in (None, TableGrid(0, 0, {}), TableGrid(3, 2, GRID.boxes)):
        assert {cell.box for cell in build_block(make_surya_block(label="Table", html=TABLE), PAGE, grid).cells} == {
            None
        }


def test_form_written_as_a_table_is_a_table() -> None:
    assert build_block(make_surya_block(label="Form", html=TABLE), PAGE).kind is BlockKind.TABLE

from types import SimpleNamespace
from typing import Any

from functions.reading.reading import Kind
from functions.surya.blocks import Grid, block

PAGE = (1000, 500)
TABLE = "<table><tr><td>a</td><td>b</td></tr><tr><td colspan='2'>c</td></tr></table>"
GRID = Grid(2, 2, {(0, 0): (0, 0, 5, 5), (0, 1): (5, 0, 10, 5), (1, 0): (0, 5, 5, 10), (1, 1): (5, 5, 10, 10)})


def found(html: str = "<p>Größe</p>", **said: Any) -> Any:
    corners = [[10.4, 20.0], [90.0, 20.0], [90.0, 40.6], [10.4, 40.6]]
    told = {"label": "Text", "polygon": corners, "confidence": 0.9, "skipped": False} | said
    return SimpleNamespace(html=html, **told)


def test_a_block_says_what_it_is_what_it_says_and_where() -> None:
    made = block(found(label="SectionHeader", html="<h1>Größe</h1>"), PAGE)
    assert (made.kind, made.text, made.box, made.confidence) == (Kind.HEADING, "Größe", (10, 20, 90, 41), 0.9)
    assert made.polygon == ((10, 20), (90, 20), (90, 41), (10, 41))


def test_a_kind_that_we_have_no_word_for_is_text() -> None:
    assert block(found(label="Bibliography"), PAGE).kind is Kind.TEXT


def test_a_block_ends_with_its_page() -> None:
    beyond = found(polygon=[[-3, -1], [1004, -1], [1004, 507], [-3, 507]])
    assert block(beyond, PAGE).box == (0, 0, 1000, 500)


def test_of_what_was_not_read_nothing_is_said_of_how_sure_it_is() -> None:
    assert block(found(label="Picture", html="", skipped=True, confidence=1.0), PAGE).confidence is None


def test_a_tables_cells_have_the_places_of_their_fields() -> None:
    made = block(found(label="Table", html=TABLE), PAGE, GRID)
    assert [(cell.text, cell.box) for cell in made.cells] == [
        ("a", (0, 0, 5, 5)),
        ("b", (5, 0, 10, 5)),
        ("c", (0, 5, 10, 10)),
    ]


def test_a_grid_of_other_rows_and_columns_places_no_cells() -> None:
    for grid in (None, Grid(0, 0, {}), Grid(3, 2, GRID.boxes)):
        assert {cell.box for cell in block(found(label="Table", html=TABLE), PAGE, grid).cells} == {None}


def test_a_form_that_is_written_as_a_table_is_one() -> None:
    assert block(found(label="Form", html=TABLE), PAGE).kind is Kind.TABLE

"""Surya's blocks as ours."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from functions.reading.boxes import around_points
from functions.reading.reading import Block, Box, Cell, Kind, Polygon
from functions.surya import html
from functions.surya.html import Written

_KINDS = {
    "SectionHeader": Kind.HEADING,
    "ListGroup": Kind.LIST,
    "Table": Kind.TABLE,
    "Equation": Kind.FORMULA,
    "ChemicalBlock": Kind.FORMULA,
    "Picture": Kind.PICTURE,
    "Figure": Kind.PICTURE,
    "Diagram": Kind.PICTURE,
    "Caption": Kind.CAPTION,
    "PageHeader": Kind.HEADER,
    "PageFooter": Kind.FOOTER,
}


class Grid(NamedTuple):
    """How many rows and columns a table has, and where it has fields, by row and column: pixels of its page."""

    rows: int
    columns: int
    boxes: Mapping[tuple[int, int], Box]


def block(found: Any, size: tuple[int, int], grid: Grid | None = None, *, sure: bool = True) -> Block:
    """On a page of this width and height.

    Surya calls itself sure of what it has not read, and of what nobody told the probability of; those have none here.
    """
    cells = html.cells(found.html)
    corners = polygon(found.polygon, size)
    return Block(
        kind=Kind.TABLE if cells else _KINDS.get(found.label, Kind.TEXT),
        text=html.text(found.html),
        box=around_points(corners),
        polygon=corners,
        confidence=found.confidence if sure and not found.skipped else None,
        cells=tuple(_cell(cell, grid if grid and grid[:2] == _extent(cells) else None) for cell in cells),
    )


def polygon(corners: Any, size: tuple[int, int]) -> Polygon:
    """Whole pixels of the page: the model's boxes may reach beyond it."""
    width, height = size
    a, b, c, d = ((min(max(0, round(x)), width), min(max(0, round(y)), height)) for x, y in corners)
    return a, b, c, d


def _extent(cells: tuple[Written, ...]) -> tuple[int, int]:
    return max(cell.row + cell.rows for cell in cells), max(cell.column + cell.columns for cell in cells)


def _cell(cell: Written, grid: Grid | None) -> Cell:
    """Without a box where there is no grid, or not one of this table's rows and columns."""
    first = grid.boxes.get((cell.row, cell.column)) if grid else None
    last = grid.boxes.get((cell.row + cell.rows - 1, cell.column + cell.columns - 1)) if grid else None
    box = (first[0], first[1], last[2], last[3]) if first and last else None
    return Cell(row=cell.row, column=cell.column, rows=cell.rows, columns=cell.columns, text=cell.text, box=box)

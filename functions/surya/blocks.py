"""Conversion of Surya's blocks to blocks of a reading, and assignment of detected lines to blocks.

Surya's detection model locates lines, and its main model reads whole blocks. If a block has equal numbers of detected
lines and lines of text, each line gets its text. Otherwise the words of each line are unknown, and its text is empty.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from functions.reading.boxes import enclose_points
from functions.reading.reading import Block, BlockKind, Box, Cell, Line, Polygon
from functions.surya.html import TableCell, extract_cells, extract_text

_KINDS = {
    "SectionHeader": BlockKind.HEADING,
    "ListGroup": BlockKind.LIST,
    "Table": BlockKind.TABLE,
    "Equation": BlockKind.FORMULA,
    "ChemicalBlock": BlockKind.FORMULA,
    "Picture": BlockKind.PICTURE,
    "Figure": BlockKind.PICTURE,
    "Diagram": BlockKind.PICTURE,
    "Caption": BlockKind.CAPTION,
    "PageHeader": BlockKind.HEADER,
    "PageFooter": BlockKind.FOOTER,
}


class TableGrid(NamedTuple):
    """The numbers of rows and columns of a table, and the box of each (row, column) in pixels of the page."""

    rows: int
    columns: int
    boxes: Mapping[tuple[int, int], Box]


def build_block(
    surya_block: Any, size: tuple[int, int], grid: TableGrid | None = None, *, has_probability: bool = True
) -> Block:
    """Return a block of a reading from Surya's block. `size` is the width and height of the page in pixels.

    `grid` has the boxes of a table's cells. They are used if the block's HTML has equal numbers of rows and columns.
    The confidence is None if Surya skipped the block, or if not `has_probability`. In these cases, Surya reports a high
    confidence, which is wrong.
    """
    cells = extract_cells(surya_block.html)
    polygon = clip_polygon(surya_block.polygon, size)
    matching_grid = grid if grid and cells and grid[:2] == _count_rows_and_columns(cells) else None
    return Block(
        kind=BlockKind.TABLE if cells else _KINDS.get(surya_block.label, BlockKind.TEXT),
        text=extract_text(surya_block.html),
        box=enclose_points(polygon),
        polygon=polygon,
        confidence=surya_block.confidence if has_probability and not surya_block.skipped else None,
        cells=tuple(_build_cell(cell, matching_grid) for cell in cells),
    )


def clip_polygon(corners: Any, size: tuple[int, int]) -> Polygon:
    """Return the corners in whole pixels within the page. The model's boxes may extend beyond the page."""
    width, height = size
    top_left, top_right, bottom_right, bottom_left = (
        (min(max(0, round(x)), width), min(max(0, round(y)), height)) for x, y in corners
    )
    return top_left, top_right, bottom_right, bottom_left


def assign_lines(polygons: Iterable[Polygon], blocks: Sequence[Block]) -> tuple[list[Line], list[Block]]:
    """Return the detected lines in reading order, and the blocks with the indexes of their lines.

    `polygons` are the positions of the detected lines. Lines outside all blocks come last.
    """
    polygons_by_block: dict[int | None, list[Polygon]] = defaultdict(list)
    for polygon in polygons:
        polygons_by_block[_find_block(enclose_points(polygon), blocks)].append(polygon)
    sorted_lines = [
        sorted(polygons_by_block[index], key=lambda polygon: enclose_points(polygon)[1]) for index in range(len(blocks))
    ]
    ends = [0, *accumulate(map(len, sorted_lines))]
    lines = [
        line
        for polygons, block in zip(sorted_lines, blocks, strict=True)
        for line in _build_lines(polygons, block.text)
    ]
    blocks_with_lines = [
        block.model_copy(update={"lines": tuple(range(ends[index], ends[index + 1]))})
        for index, block in enumerate(blocks)
    ]
    return [*lines, *_build_lines(polygons_by_block[None], "")], blocks_with_lines


def _count_rows_and_columns(cells: tuple[TableCell, ...]) -> tuple[int, int]:
    return max(cell.row + cell.rows for cell in cells), max(cell.column + cell.columns for cell in cells)


def _build_cell(cell: TableCell, grid: TableGrid | None) -> Cell:
    """Return the cell. It has a box if `grid` contains the first and the last position of the cell."""
    first_box = grid.boxes.get((cell.row, cell.column)) if grid else None
    last_box = grid.boxes.get((cell.row + cell.rows - 1, cell.column + cell.columns - 1)) if grid else None
    box = (first_box[0], first_box[1], last_box[2], last_box[3]) if first_box and last_box else None
    return Cell(row=cell.row, column=cell.column, rows=cell.rows, columns=cell.columns, text=cell.text, box=box)


def _find_block(line: Box, blocks: Sequence[Block]) -> int | None:
    """Return the index of the first block that contains the centre of the line, or None if no block does."""
    x, y = (line[0] + line[2]) / 2, (line[1] + line[3]) / 2
    boxes = ((index, block.box) for index, block in enumerate(blocks) if block.box)
    return next((index for index, box in boxes if box[0] <= x < box[2] and box[1] <= y < box[3]), None)


def _build_lines(polygons: Sequence[Polygon], text: str) -> list[Line]:
    # Lines have no confidence: the detection's confidence only means that there is a line.
    block_lines = text.split("\n") if text else []
    texts = block_lines if len(block_lines) == len(polygons) else [""] * len(polygons)
    return [
        Line(text=line_text, box=enclose_points(polygon), polygon=polygon)
        for polygon, line_text in zip(polygons, texts, strict=True)
    ]

"""Build the blocks of a page from groups of rows. Positions and letter heights decide the kind of each block."""

from collections.abc import Iterable, Iterator, Sequence

from functions.reading.boxes import enclose_boxes
from functions.reading.layout.paragraphs import has_heading_height, is_list
from functions.reading.layout.rows import TextRow
from functions.reading.layout.tables import find_cell_span, find_columns, split_into_cells
from functions.reading.reading import Block, BlockKind, Cell, Line, Word

#: The largest number of rows in a heading. A longer block is text in big letters.
_MAX_HEADING_ROWS = 3
#: The height of the strip at the top or bottom of the page that contains a header or footer, as a share of the page.
_EDGE_STRIP_HEIGHT = 0.08
#: The largest number of rows in a header or footer.
_MAX_EDGE_ROWS = 2
#: The smallest gap between a header or footer and the other blocks, in line heights.
_MIN_EDGE_GAP = 1.5


def build_blocks(
    groups: Sequence[Sequence[TextRow]], lines: Sequence[Line], line_height: float, page_height: int
) -> Iterator[Block]:
    """Yield one block for each group of rows. `lines` contains one line for each segment of the rows, in this order.

    `page_height` is in pixels.
    """
    start = 0
    for rows, kind in zip(groups, _find_kinds(groups, line_height, page_height), strict=True):
        end = start + sum(len(row.segments) for row in rows)
        block_lines = lines[start:end]
        yield Block(
            kind=kind,
            text="\n".join(row.text for row in rows),
            box=enclose_boxes(line.box for line in block_lines),
            confidence=average_confidence(block_lines),
            lines=tuple(range(start, end)),
            cells=tuple(_build_cells(rows, block_lines, line_height)) if kind is BlockKind.TABLE else (),
        )
        start = end


def average_confidence(parts: Iterable[Line | Word]) -> float | None:
    """Return the mean confidence, weighted by the number of characters.

    Return None if a part has no confidence, or if no part has a character.
    """
    weighted = [(part.confidence, len(part.text)) for part in parts]
    character_count = sum(count for _, count in weighted)
    if not character_count or any(confidence is None for confidence, _ in weighted):
        return None
    return min(1.0, sum((confidence or 0.0) * count for confidence, count in weighted) / character_count)


def _find_kinds(groups: Sequence[Sequence[TextRow]], line_height: float, page_height: int) -> list[BlockKind]:
    kinds = [_find_kind(rows, line_height) for rows in groups]
    if len(groups) > 1:
        first, last = groups[0], groups[-1]
        max_bottom, min_top = _EDGE_STRIP_HEIGHT * page_height, (1 - _EDGE_STRIP_HEIGHT) * page_height
        if _is_short(first) and first[-1].bottom < max_bottom and _is_apart(first, groups[1], line_height):
            kinds[0] = BlockKind.HEADER
        if _is_short(last) and last[0].top > min_top and _is_apart(groups[-2], last, line_height):
            kinds[-1] = BlockKind.FOOTER
    return kinds


def _find_kind(rows: Sequence[TextRow], line_height: float) -> BlockKind:
    if find_columns(rows, line_height):
        return BlockKind.TABLE
    if len(rows) <= _MAX_HEADING_ROWS and has_heading_height(rows, line_height) and _is_horizontal_text(rows[0]):
        return BlockKind.HEADING
    return BlockKind.LIST if is_list(rows) else BlockKind.TEXT


def _is_horizontal_text(row: TextRow) -> bool:
    """Return whether the row is wider than high and contains a letter."""
    return row.right - row.left > row.bottom - row.top and any(letter.isalpha() for letter in row.text)


def _is_short(rows: Sequence[TextRow]) -> bool:
    return len(rows) <= _MAX_EDGE_ROWS


def _is_apart(upper: Sequence[TextRow], lower: Sequence[TextRow], line_height: float) -> bool:
    return min(row.top for row in lower) - max(row.bottom for row in upper) > _MIN_EDGE_GAP * line_height


def _build_cells(rows: Sequence[TextRow], lines: Sequence[Line], line_height: float) -> Iterator[Cell]:
    columns, remaining_lines = find_columns(rows, line_height), iter(lines)
    for row_index, row in enumerate(rows):
        for segments in split_into_cells(row, line_height):
            column, span = find_cell_span(segments, columns)
            text = " ".join(segment.text for segment in segments)
            box = enclose_boxes(next(remaining_lines).box for _ in segments)
            yield Cell(row=row_index, column=column, columns=span, text=text, box=box)

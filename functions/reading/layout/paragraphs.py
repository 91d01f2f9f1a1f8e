"""Group rows into paragraphs, tables and lists."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from functions.reading.layout.rows import TextRow
from functions.reading.layout.tables import find_columns, split_into_cells

# All distances are multiples of the line height.
#: The gap between paragraphs exceeds the usual gap between lines by more than this.
_PARAGRAPH_GAP = 0.5
#: The largest gap between the rows of a table.
_MAX_TABLE_GAP = 2.0
#: The letters of a heading are at least this many times as high as the usual letters of the page.
_HEADING_RATIO = 1.4
#: The largest distance, in rows, between successive rows of a table that have several cells. A row between them has a
#: single cell, which can continue the cell above it.
_MAX_ROW_DISTANCE = 3
_LIST_MARK = re.compile(r"(?:[-–—•·▪●○*]|\d{1,2}[.)]|[A-Za-z]\))\s")  # noqa: RUF001  # these dashes mark list items


def group_rows(rows: Sequence[TextRow], line_height: float) -> list[list[TextRow]]:
    """Group rows in reading order into paragraphs, lists and tables. The groups keep this order."""
    max_gap = _measure_usual_gap(rows, line_height) + _PARAGRAPH_GAP * line_height
    groups: list[list[TextRow]] = []
    for row in rows:
        if not groups or not _is_same_group(groups[-1][-1], row, max_gap, line_height):
            groups.append([])
        groups[-1].append(row)
    return [part for group in groups for part in _split_off_tables(group, line_height)]


def has_heading_height(rows: Sequence[TextRow], line_height: float) -> bool:
    """Return whether the rows have the letter height of a heading."""
    return median(segment.height for row in rows for segment in row.segments) > _HEADING_RATIO * line_height


def is_list(rows: Sequence[TextRow]) -> bool:
    """Return whether the first row and another row begin with a list mark."""
    return _has_list_mark(rows[0]) and any(map(_has_list_mark, rows[1:]))


def _has_list_mark(row: TextRow) -> bool:
    return _LIST_MARK.match(row.text) is not None


def _measure_usual_gap(rows: Sequence[TextRow], line_height: float) -> float:
    gaps = [b.top - a.bottom for a, b in pairwise(rows) if _is_below(a, b) and b.top - a.bottom < 2 * line_height]
    return max(0.0, median(gaps)) if gaps else 0.0


def _is_below(upper: TextRow, lower: TextRow) -> bool:
    """Return whether `lower` is below `upper` and shares a part of its width."""
    return lower.center_y > upper.center_y and min(upper.right, lower.right) > max(upper.left, lower.left)


def _is_same_group(row: TextRow, next_row: TextRow, max_gap: float, line_height: float) -> bool:
    """Return whether a row and the next row in reading order belong to the same group.

    `max_gap` is the largest gap between them in pixels. Between two rows with several cells, it can be larger.
    """
    if not _is_below(row, next_row):
        return False
    if has_heading_height([row], line_height) != has_heading_height([next_row], line_height):
        return False
    if all(len(split_into_cells(either, line_height)) > 1 for either in (row, next_row)):
        max_gap = max(max_gap, _MAX_TABLE_GAP * line_height)
    return next_row.top - row.bottom < max_gap


def _split_off_tables(rows: Sequence[TextRow], line_height: float) -> Iterator[list[TextRow]]:
    """Yield the tables in a group, and the text above and below each table."""
    table_end = 0
    for start, end in _find_table_ranges(rows, line_height):
        if find_columns(rows[start:end], line_height):
            yield from _split_off_list(rows[table_end:start])
            yield list(rows[start:end])
            table_end = end
    yield from _split_off_list(rows[table_end:])


def _find_table_ranges(rows: Sequence[TextRow], line_height: float) -> Iterator[tuple[int, int]]:
    """Yield the start and end of row ranges that can be tables. Rows with several cells begin and end each range."""
    multi_cell_rows = [n for n, row in enumerate(rows) if len(split_into_cells(row, line_height)) > 1]
    start = 0
    distant_row = len(rows) + _MAX_ROW_DISTANCE + 1  # ends the last range
    for position, (row, next_row) in enumerate(pairwise([*multi_cell_rows, distant_row])):
        if next_row - row > _MAX_ROW_DISTANCE:
            yield multi_cell_rows[start], row + 1
            start = position + 1


def _split_off_list(rows: Sequence[TextRow]) -> Iterator[list[TextRow]]:
    """Yield the rows before a list and the list itself, or all rows together if no text precedes a list."""
    first = next((n for n in range(1, len(rows)) if _has_list_mark(rows[n])), 0)
    has_list = first and not _has_list_mark(rows[0]) and is_list(rows[first:])
    for part in (rows[:first], rows[first:]) if has_list else (rows,):
        if part:
            yield list(part)

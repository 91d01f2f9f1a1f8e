"""Group rows into paragraphs, tables and lists."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from functions.reading.layout.rows import TextRow
from functions.reading.layout.tables import find_columns, split_into_cells

# All distances are multiples of the line height.
#: The additional gap between paragraphs, compared with the gap between lines.
_PARAGRAPH_GAP = 0.5
#: The largest gap between the rows of a table.
_MAX_TABLE_GAP = 2.0
#: The letters of a heading are at least this many times as high as the usual letters of the page.
_HEADING_RATIO = 1.4
#: The largest number of successive table rows with a single cell: the name of an article can continue below it.
_MAX_CONTINUED_ROWS = 3
_LIST_MARK = re.compile(r"(?:[-–—•·▪●○*]|\d{1,2}[.)]|[A-Za-z]\))\s")  # noqa: RUF001  # these dashes mark list items


def group_rows(rows: Sequence[TextRow], line_height: float) -> list[list[TextRow]]:
    """Return the rows, which are in reading order, by paragraph, list or table."""
    max_gap = _measure_usual_gap(rows, line_height) + _PARAGRAPH_GAP * line_height
    groups: list[list[TextRow]] = []
    for row in rows:
        if not groups or not _is_continued(groups[-1][-1], row, max_gap, line_height):
            groups.append([])
        groups[-1].append(row)
    return [part for group in groups for part in _split_off_tables(group, line_height)]


def is_big(rows: Sequence[TextRow], line_height: float) -> bool:
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


def _is_below(a: TextRow, b: TextRow) -> bool:
    """Return whether b is below a."""
    return b.center_y > a.center_y and min(a.right, b.right) > max(a.left, b.left)


def _is_continued(a: TextRow, b: TextRow, max_gap: float, line_height: float) -> bool:
    """Return whether b continues the group of a."""
    if not _is_below(a, b) or is_big([a], line_height) != is_big([b], line_height):
        return False
    if len(split_into_cells(a, line_height)) > 1 and len(split_into_cells(b, line_height)) > 1:
        max_gap = max(max_gap, _MAX_TABLE_GAP * line_height)
    return b.top - a.bottom < max_gap


def _split_off_tables(rows: Sequence[TextRow], line_height: float) -> Iterator[list[TextRow]]:
    """Yield the tables in a group, and the text above and below each table."""
    done = 0
    for start, end in _find_table_ranges(rows, line_height):
        if find_columns(rows[start:end], line_height):
            yield from _split_off_list(rows[done:start])
            yield list(rows[start:end])
            done = end
    yield from _split_off_list(rows[done:])


def _find_table_ranges(rows: Sequence[TextRow], line_height: float) -> Iterator[tuple[int, int]]:
    """Yield ranges of rows that can be tables: from the first to the last of several rows with more than one cell."""
    with_cells = [n for n, row in enumerate(rows) if len(split_into_cells(row, line_height)) > 1]
    start = 0
    for n, (row, following) in enumerate(pairwise([*with_cells, len(rows) + _MAX_CONTINUED_ROWS + 1])):
        if following - row > _MAX_CONTINUED_ROWS:
            yield with_cells[start], row + 1
            start = n + 1


def _split_off_list(rows: Sequence[TextRow]) -> Iterator[list[TextRow]]:
    """Yield the sentence before a list and the list, or all rows if there is no such list."""
    first = next((n for n in range(1, len(rows)) if _has_list_mark(rows[n])), 0)
    has_list = first and not _has_list_mark(rows[0]) and is_list(rows[first:])
    for part in (rows[:first], rows[first:]) if has_list else (rows,):
        if part:
            yield list(part)

"""Find tables: rows whose cells are in common columns."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from functions.reading.layout.rows import TextRow
from functions.reading.layout.segments import LineSegment

#: The left and right edge of a column.
ColumnRange = tuple[float, float]
#: The smallest gap between two cells, in line heights.
_MIN_CELL_GAP = 1.2
#: A table has at least this many rows and columns. Two rows are not enough: an address beside a date also has two rows
#: and two columns.
_MIN_ROWS = 3
_MIN_COLUMNS = 2
#: The largest share of rows that do not fit the columns, for example totals and notes.
_MAX_STRAY_SHARE = 0.2


def split_into_cells(row: TextRow, line_height: float) -> list[list[LineSegment]]:
    """Return the cells of a row from left to right. A cell is a list of segments without a wide gap between them."""
    cells = [[row.segments[0]]]
    for previous, segment in pairwise(row.segments):
        if segment.left - previous.right > _MIN_CELL_GAP * line_height:
            cells.append([])
        cells[-1].append(segment)
    return cells


def find_columns(rows: Sequence[TextRow], line_height: float) -> list[ColumnRange]:
    """Return the columns of a table, or an empty list if the rows are not a table."""
    cells_by_row = [split_into_cells(row, line_height) for row in rows]
    ranges_by_row = [[_measure_range(cell) for cell in cells] for cells in cells_by_row if len(cells) > 1]
    if len(ranges_by_row) < _MIN_ROWS:
        return []
    all_ranges = [cell_range for ranges in ranges_by_row for cell_range in ranges]
    columns = _find_covered_ranges(all_ranges, _MAX_STRAY_SHARE * len(ranges_by_row))
    regular_rows = sum(_has_distinct_columns(ranges, columns) for ranges in ranges_by_row)
    is_table = len(columns) >= _MIN_COLUMNS and regular_rows >= (1 - _MAX_STRAY_SHARE) * len(ranges_by_row)
    return columns if is_table else []


def find_cell_span(cell: Sequence[LineSegment], columns: Sequence[ColumnRange]) -> tuple[int, int]:
    """Return the first column of a cell, and the number of columns that it spans.

    A cell outside of all columns gets the next column on its right, or the last column.
    """
    return _find_span(_measure_range(cell), columns)


def _find_span(cell_range: ColumnRange, columns: Sequence[ColumnRange]) -> tuple[int, int]:
    spanned = [n for n, (start, end) in enumerate(columns) if start < cell_range[1] and cell_range[0] < end]
    first = spanned[0] if spanned else sum(end <= cell_range[0] for _, end in columns[:-1])
    return first, max(1, len(spanned))


def _measure_range(cell: Sequence[LineSegment]) -> ColumnRange:
    return min(segment.left for segment in cell), max(segment.right for segment in cell)


def _find_covered_ranges(ranges: Sequence[ColumnRange], max_strays: float) -> list[ColumnRange]:
    """Return the parts of the x axis that are covered by more than `max_strays` of the ranges."""
    edges = sorted([(left, 1) for left, _ in ranges] + [(right, -1) for _, right in ranges])
    depths = accumulate(step for _, step in edges)
    covered: list[ColumnRange] = []
    start: float | None = None
    for (x, _), depth in zip(edges, depths, strict=True):
        if depth > max_strays and start is None:
            start = x
        elif depth <= max_strays and start is not None:
            covered.append((start, x))
            start = None
    return covered


def _has_distinct_columns(ranges: Sequence[ColumnRange], columns: Sequence[ColumnRange]) -> bool:
    """Return whether no two cells of a row begin in the same column."""
    first_columns = [_find_span(cell_range, columns)[0] for cell_range in ranges]
    return len(set(first_columns)) == len(first_columns)

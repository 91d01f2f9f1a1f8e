"""Sort rows by the XY-cut: cut the page between rows. If gutters prevent this, cut it between columns. Repeat."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import TypeVar

from functions.reading.layout.gutters import Gutter
from functions.reading.layout.rows import TextRow

#: The largest overlap of the two parts beside a cut, as a share of the line height.
_MAX_OVERLAP = 0.5
#: The largest depth of nested cuts. Rows at this depth are sorted from top to bottom.
_MAX_DEPTH = 40

ItemT = TypeVar("ItemT")

#: The start and end of an interval, and its row, or None for a gutter.
_Span = tuple[float, float, TextRow | None]


def sort_rows(rows: Sequence[TextRow], gutters: Sequence[Gutter], line_height: float, depth: int = 0) -> list[TextRow]:
    """Return the rows in reading order. `depth` is the number of cuts that have already been made around these rows."""
    if len(rows) > 1 and depth < _MAX_DEPTH:
        for spans in (
            _to_vertical_spans(rows, gutters),
            _to_horizontal_spans(rows),
            _to_column_spans(rows, gutters, line_height),
        ):
            parts = split_spans(spans, _MAX_OVERLAP * line_height)
            if len(parts) > 1:
                return [row for part in parts for row in sort_rows(part, gutters, line_height, depth + 1)]
    return sorted(rows, key=lambda row: (row.center_y, row.left))


def split_spans(spans: Iterable[tuple[float, float, ItemT | None]], slack: float = 0) -> list[list[ItemT]]:
    """Split the items of the spans into groups, in ascending order. Two groups overlap by at most `slack`.

    A span has a start, an end and an item. A span whose item is None keeps the items in its range in one group.
    """
    parts: list[list[ItemT]] = []
    last_end = float("-inf")
    for start, end, item in sorted(spans, key=lambda span: span[:2]):
        if start >= last_end - min(slack, (end - start) / 2):
            parts.append([])
        if item is not None:
            parts[-1].append(item)
        last_end = max(last_end, end)
    return [part for part in parts if part]


def _to_vertical_spans(rows: Sequence[TextRow], gutters: Sequence[Gutter]) -> list[_Span]:
    """Return the vertical ranges of rows and of the gutters between them. A gutter prevents cuts in its range."""
    barriers: list[_Span] = [(gutter.top, gutter.bottom, None) for gutter in _select_inner_gutters(rows, gutters)]
    return barriers + [(row.top, row.bottom, row) for row in rows]


def _to_horizontal_spans(rows: Sequence[TextRow]) -> list[_Span]:
    """Return the horizontal ranges of rows."""
    return [(row.left, row.right, row) for row in rows]


def _to_column_spans(rows: Sequence[TextRow], gutters: Sequence[Gutter], line_height: float) -> list[_Span]:
    """Return one span for each row, which stands for the row's column. The spans of two columns do not overlap.

    A row belongs to the column that contains its center. These spans are used if the horizontal ranges of rows allow no
    cut, because a row extends into a gutter.
    """
    center_y = median(row.center_y for row in rows)
    inner = _select_inner_gutters(rows, gutters)
    centers = [gutter.center_x for gutter in inner if gutter.top < center_y < gutter.bottom]
    columns = [sum(center < (row.left + row.right) / 2 for center in centers) for row in rows]
    return [(column * line_height, (column + 1) * line_height, row) for column, row in zip(columns, rows, strict=True)]


def _select_inner_gutters(rows: Sequence[TextRow], gutters: Sequence[Gutter]) -> list[Gutter]:
    """Return the gutters between the leftmost and the rightmost edge of the rows."""
    left, right = min(row.left for row in rows), max(row.right for row in rows)
    return [gutter for gutter in gutters if left < gutter.center_x < right]

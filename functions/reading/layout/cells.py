"""Tables: rows whose cells stand in columns."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from functions.reading.layout.pieces import Piece
from functions.reading.layout.rows import Row

#: From where to where a column reaches.
Column = tuple[float, float]
#: What is closer than so many line heights is one cell.
_CELL_GAP = 1.2
#: Fewer rows, or columns, make no table: an address beside a date has two of each.
_ROWS = 3
_COLUMNS = 2
#: So large a part of the rows may stand otherwise, as sums and notes do.
_STRAY = 0.2


def cells(row: Row, height: float) -> list[list[Piece]]:
    """The row's pieces by cell."""
    found = [[row.pieces[0]]]
    for a, b in pairwise(row.pieces):
        if b.left - a.right > _CELL_GAP * height:
            found.append([])
        found[-1].append(b)
    return found


def columns(rows: Sequence[Row], height: float) -> list[Column]:
    """The columns of a table; none when these rows are none."""
    split = [[_reach(part) for part in parts] for row in rows if len(parts := cells(row, height)) > 1]
    if len(split) < _ROWS:
        return []
    found = _covered([reach for parts in split for reach in parts], _STRAY * len(split))
    kept = sum(_distinct(parts, found) for parts in split)
    return found if len(found) >= _COLUMNS and kept >= (1 - _STRAY) * len(split) else []


def spanned(part: Sequence[Piece], columns: Sequence[Column]) -> tuple[int, int]:
    """The first column of a cell, and how many it spans."""
    return _touched(_reach(part), columns)


def _touched(reach: Column, columns: Sequence[Column]) -> tuple[int, int]:
    touched = [n for n, (start, end) in enumerate(columns) if start < reach[1] and reach[0] < end]
    first = touched[0] if touched else sum(end <= reach[0] for _, end in columns[:-1])
    return first, max(1, len(touched))


def _reach(part: Sequence[Piece]) -> Column:
    return min(piece.left for piece in part), max(piece.right for piece in part)


def _covered(reaches: Sequence[Column], strays: float) -> list[Column]:
    """What more than `strays` of them cover."""
    edges = sorted([(left, 1) for left, _ in reaches] + [(right, -1) for _, right in reaches])
    depths = accumulate(step for _, step in edges)
    found: list[Column] = []
    start: float | None = None
    for (x, _), depth in zip(edges, depths, strict=True):
        if depth > strays and start is None:
            start = x
        elif depth <= strays and start is not None:
            found.append((start, x))
            start = None
    return found


def _distinct(reaches: Sequence[Column], columns: Sequence[Column]) -> bool:
    """Whether each cell begins in a column of its own."""
    firsts = [_touched(reach, columns)[0] for reach in reaches]
    return len(set(firsts)) == len(firsts)

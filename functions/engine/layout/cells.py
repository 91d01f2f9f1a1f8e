"""Tables: rows whose cells stand in columns."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from functions.engine.layout.pieces import Piece
from functions.engine.layout.rows import Row

#: From where to where a column reaches.
Column = tuple[float, float]
#: What is closer than so many line heights is one cell.
_CELL_GAP = 1.2
#: Fewer rows, or columns, make no table: an address beside a date has two of each.
_ROWS = 3
_COLUMNS = 2


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
    split = [parts for row in rows if len(parts := cells(row, height)) > 1]
    found = _merged(_reach(part) for parts in split for part in parts)
    tabular = len(split) >= _ROWS and len(found) >= _COLUMNS and all(_distinct(parts, found) for parts in split)
    return found if tabular else []


def spanned(part: Sequence[Piece], columns: Sequence[Column]) -> tuple[int, int]:
    """The first column of a cell, and how many it spans."""
    left, right = _reach(part)
    touched = [n for n, (start, end) in enumerate(columns) if start < right and left < end]
    first = touched[0] if touched else sum(end <= left for _, end in columns[:-1])
    return first, max(1, len(touched))


def _reach(part: Sequence[Piece]) -> Column:
    return min(piece.left for piece in part), max(piece.right for piece in part)


def _merged(reaches: Iterable[Column]) -> list[Column]:
    found: list[Column] = []
    for left, right in sorted(reaches):
        if found and left < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], right))
        else:
            found.append((left, right))
    return found


def _distinct(parts: Sequence[Sequence[Piece]], columns: Sequence[Column]) -> bool:
    firsts = [spanned(part, columns)[0] for part in parts]
    return len(set(firsts)) == len(firsts)

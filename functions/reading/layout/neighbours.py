"""Which pieces stand side by side, and which below each other."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product

from functions.reading.layout.pieces import Piece

#: How far a line reaches down for the next: paragraphs are further apart than that.
_REACH = 1.3
#: Pieces are of one row when the lower of the two shares at least so much of its height.
_SAME_ROW = 0.5
#: The middle of the next row is at least so far below, in line heights.
_NEXT_ROW = 0.4
#: Below each other stands what shares so much of the width, in line heights.
_SHARED_WIDTH = 0.3
#: Of one size: the higher one is at most so many times as high.
_ONE_SIZE = 2.0
#: The width of a cell, in line heights.
_CELL = 4.0
#: More pieces than this are looked through cell by cell. A piece with so many others in a cell has none that is alone.
_CROWD = 50


def beside(pieces: Sequence[Piece], height: float) -> dict[int, int]:
    """From each piece to the next of its row on the right."""
    rows = {
        number: sorted((pieces[index].left, index) for index in row) for number, row in _rows(pieces, height).items()
    }
    claims: dict[int, int] = {}
    for index, piece in enumerate(pieces):
        right = _next_in_row(pieces, index, rows, height)
        if right is not None and (right not in claims or pieces[claims[right]].right < piece.right):
            claims[right] = index
    return {left: right for right, left in claims.items()}


def _rows(pieces: Sequence[Piece], height: float) -> dict[int, list[int]]:
    """Which pieces have their middle in each stretch of a line's height, counted from the top."""
    rows: dict[int, list[int]] = defaultdict(list)
    for index, piece in enumerate(pieces):
        rows[int(piece.middle // height)].append(index)
    return rows


def _next_in_row(
    pieces: Sequence[Piece], index: int, rows: dict[int, list[tuple[float, int]]], height: float
) -> int | None:
    piece, around = pieces[index], int(pieces[index].middle // height)
    start = max(piece.right - height / 2, (piece.left + piece.right) / 2)
    found: list[tuple[float, int]] = []
    for row in (rows.get(number, []) for number in (around - 1, around, around + 1)):
        for left, other in row[bisect_left(row, (start, -1)) :]:
            if (left, other) > (piece.left, index) and same_row(piece, pieces[other]):
                found.append((left, other))
                break
    return min(found)[1] if found else None


def same_row(a: Piece, b: Piece) -> bool:
    shared = min(a.bottom, b.bottom) - max(a.top, b.top)
    if shared <= 0:
        return False
    low, high = sorted((max(a.height, 1.0), max(b.height, 1.0)))
    return high <= _ONE_SIZE * low and shared >= _SAME_ROW * low


def below(pieces: Sequence[Piece], height: float) -> dict[int, int]:
    """From each piece to the one below it: where there is just one, and that has no other above."""
    grid = _Grid(pieces, height)
    down = {index: next_ for index in range(len(pieces)) if (next_ := _only(grid, index, 1)) is not None}
    up = {index: next_ for index in set(down.values()) if (next_ := _only(grid, index, -1)) is not None}
    return {upper: lower for upper, lower in down.items() if up.get(lower) == upper}


@dataclass(frozen=True)
class _Grid:
    """Where pieces are found: in rows and, in a crowd, in the cells of these."""

    pieces: Sequence[Piece]
    height: float

    @cached_property
    def rows(self) -> dict[int, list[int]]:
        return _rows(self.pieces, self.height)

    @cached_property
    def cells(self) -> dict[tuple[int, int], list[int]]:
        """Most pages have no use for it: it is made when asked for."""
        cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row, indexes in self.rows.items():
            for index in indexes:
                for column in self.columns(self.pieces[index]):
                    cells[row, column].append(index)
        return cells

    def columns(self, piece: Piece) -> range:
        width = _CELL * self.height
        return range(int(piece.left // width), int(piece.right // width) + 1)

    def above_or_below(self, piece: Piece, top: float, bottom: float) -> Iterable[int]:
        """What shares its width and has its middle in the rows from `top` to `bottom`; nothing in a crowd."""
        rows = range(int(top // self.height), int(bottom // self.height) + 1)
        near = [self.rows.get(row, ()) for row in rows]
        if sum(map(len, near)) > _CROWD:
            return self._in_a_crowd(piece, rows)
        return [index for index in chain.from_iterable(near) if _shares_width(piece, self.pieces[index], self.height)]

    def _in_a_crowd(self, piece: Piece, rows: range) -> Iterable[int]:
        """Cell by cell, so that no page takes forever."""
        others: set[int] = set()
        seen: set[int] = set()
        for cell in product(rows, self.columns(piece)):
            here = self.cells.get(cell, ())
            if max(len(here), len(others)) > _CROWD:
                return ()
            for other in here:
                if other not in seen:  # a line is in many cells
                    seen.add(other)
                    if _shares_width(piece, self.pieces[other], self.height):
                        others.add(other)
        return others


def _only(grid: _Grid, index: int, way: int) -> int | None:
    """The one piece of the nearest row below, or above, that shares some of the width."""
    pieces, height = grid.pieces, grid.height
    piece = pieces[index]
    near = piece.middle + way * max(0.0, piece.height - height) / 2
    far = piece.middle + way * (piece.height / 2 + (_REACH + 0.5) * height)
    others = grid.above_or_below(piece, min(near, far), max(near, far))
    return _nearest(piece, [(way * (pieces[other].middle - piece.middle), other) for other in others], pieces, height)


def _nearest(piece: Piece, found: list[tuple[float, int]], pieces: Sequence[Piece], height: float) -> int | None:
    away = sorted((distance, other) for distance, other in found if distance > _NEXT_ROW * height)
    if not away or (len(away) > 1 and away[1][0] < away[0][0] + _SAME_ROW * height):
        return None
    distance, nearest = away[0]
    return nearest if distance - (pieces[nearest].height + piece.height) / 2 < _REACH * height else None


def _shares_width(a: Piece, b: Piece, height: float) -> bool:
    return min(a.right, b.right) - max(a.left, b.left) > _SHARED_WIDTH * height

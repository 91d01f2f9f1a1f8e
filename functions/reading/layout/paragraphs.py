"""Which rows belong together: paragraphs, tables, lists."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from functions.reading.layout.cells import cells, columns
from functions.reading.layout.rows import Row

#: Between paragraphs there is so much more room than between lines, and between the rows of a table at most so much
#: in all, in line heights.
_MORE_ROOM = 0.5
_TABLE_ROOM = 2.0
#: A headline's letters are so many times as high as the page's.
_BIG = 1.4
#: So many rows in sequence may have one cell only: an article's name goes on below it.
_CONTINUED = 3
_MARK = re.compile(r"(?:[-–—•·▪●○*]|\d{1,2}[.)]|[A-Za-z]\))\s")  # noqa: RUF001  # the dashes are meant


def paragraphs(rows: Sequence[Row], height: float) -> list[list[Row]]:
    """Rows in reading order, by paragraph, list or table."""
    room = _usual_room(rows, height) + _MORE_ROOM * height
    found: list[list[Row]] = []
    for row in rows:
        if not found or not _goes_on(found[-1][-1], row, room, height):
            found.append([])
        found[-1].append(row)
    return [part for whole in found for part in _tables_apart(whole, height)]


def big(rows: Sequence[Row], height: float) -> bool:
    return median(piece.height for row in rows for piece in row.pieces) > _BIG * height


def listed(rows: Sequence[Row]) -> bool:
    """Whether the first row begins an item, and so does another one."""
    return _marked(rows[0]) and any(map(_marked, rows[1:]))


def _marked(row: Row) -> bool:
    return _MARK.match(row.text) is not None


def _usual_room(rows: Sequence[Row], height: float) -> float:
    rooms = [b.top - a.bottom for a, b in pairwise(rows) if _under(a, b) and b.top - a.bottom < 2 * height]
    return max(0.0, median(rooms)) if rooms else 0.0


def _under(a: Row, b: Row) -> bool:
    return b.middle > a.middle and min(a.right, b.right) > max(a.left, b.left)


def _goes_on(a: Row, b: Row, room: float, height: float) -> bool:
    if not _under(a, b) or big([a], height) != big([b], height):
        return False
    tabular = len(cells(a, height)) > 1 and len(cells(b, height)) > 1
    return b.top - a.bottom < (max(room, _TABLE_ROOM * height) if tabular else room)


def _tables_apart(rows: Sequence[Row], height: float) -> Iterator[list[Row]]:
    """A table, and what stands close above and below it."""
    done = 0
    for start, end in _tabular(rows, height):
        if columns(rows[start:end], height):
            yield from _lists_apart(rows[done:start])
            yield list(rows[start:end])
            done = end
    yield from _lists_apart(rows[done:])


def _tabular(rows: Sequence[Row], height: float) -> Iterator[tuple[int, int]]:
    """From the first to the last of several rows with more than one cell."""
    several = [n for n, row in enumerate(rows) if len(cells(row, height)) > 1]
    start = 0
    for n, (row, following) in enumerate(pairwise([*several, len(rows) + _CONTINUED + 1])):
        if following - row > _CONTINUED:
            yield several[start], row + 1
            start = n + 1


def _lists_apart(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """A list, and the sentence that leads to it."""
    first = next((n for n in range(1, len(rows)) if _marked(rows[n])), 0)
    apart = first and not _marked(rows[0]) and listed(rows[first:])
    for part in (rows[:first], rows[first:]) if apart else (rows,):
        if part:
            yield list(part)

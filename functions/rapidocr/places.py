"""Where words and lines are: from corners of lines, and columns of the recognition in them, to pixels of the page."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from functions.reading.reading import Box, Point, Polygon

#: Corners that are not further apart than this say nothing that the box does not.
_LEVEL_PX = 2


class Corners(NamedTuple):
    """Of a line as it is read, with fractions of pixels."""

    top_left: tuple[float, float]
    top_right: tuple[float, float]
    bottom_right: tuple[float, float]
    bottom_left: tuple[float, float]

    def part(self, begin: float, end: float) -> "Corners":
        """What lies between two shares of the line's length, 0 to 1."""
        top, bottom = (self.top_left, self.top_right), (self.bottom_left, self.bottom_right)
        return Corners(_between(*top, begin), _between(*top, end), _between(*bottom, end), _between(*bottom, begin))


class Page(NamedTuple):
    """The page's size in pixels."""

    width: int
    height: int

    def box(self, corners: Corners) -> Box:
        """At least one pixel, and all on the page."""
        across, down = zip(*corners, strict=True)
        left, top = min(int(min(across)), self.width - 1), min(int(min(down)), self.height - 1)
        return (
            max(0, left),
            max(0, top),
            max(left + 1, min(math.ceil(max(across)), self.width)),
            max(top + 1, min(math.ceil(max(down)), self.height)),
        )

    def polygon(self, corners: Corners) -> Polygon | None:
        """None for what is level."""
        left, top, right, bottom = self.box(corners)
        a, b, c, d = (self._point(corner) for corner in corners)
        apart = zip((a, b, c, d), ((left, top), (right, top), (right, bottom), (left, bottom)), strict=True)
        level = all(math.dist(corner, of_box) <= _LEVEL_PX for corner, of_box in apart)
        return None if level else (a, b, c, d)

    def _point(self, corner: tuple[float, float]) -> Point:
        across, down = corner
        return min(max(0, round(across)), self.width), min(max(0, round(down)), self.height)


def words(text: str, columns: Sequence[int], length: float) -> Iterator[tuple[slice, float, float]]:
    """Each word's characters in `text`, and from where to where it reaches as shares of the line's length.

    `columns` are where the recognition saw each character that is no space, of `length` in the line. It sees a
    character once, somewhere in its middle, so that a word reaches half a usual character further: at most half of
    the way to the next word.
    """
    half, seen, begin = length / len(text) / 2, 0, 0
    for word in text.split():
        begin, end = text.index(word, begin), seen + len(word)
        first, last = columns[seen] + 0.5, columns[end - 1] + 0.5
        least = (columns[seen - 1] + 0.5 + first) / 2 if seen else 0.0
        most = (last + columns[end] + 0.5) / 2 if end < len(columns) else length
        yield slice(begin, begin + len(word)), max(least, first - half) / length, min(most, last + half) / length
        begin, seen = begin + len(word), end


def _between(begin: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share

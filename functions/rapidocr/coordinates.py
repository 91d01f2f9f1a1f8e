"""Convert the recognition model's corners and columns to boxes and polygons of lines and words on the page."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from functions.reading.reading import Box, Point, Polygon

#: In pixels. If no corner is further from its box than this, a polygon adds no information.
_MAX_LEVEL_DISTANCE = 2


class Corners(NamedTuple):
    """The corners of a line in reading direction, in fractions of pixels."""

    top_left: tuple[float, float]
    top_right: tuple[float, float]
    bottom_right: tuple[float, float]
    bottom_left: tuple[float, float]

    def crop(self, begin: float, end: float) -> "Corners":
        """Return the corners of the part between two shares of the line's length, 0 to 1."""
        top, bottom = (self.top_left, self.top_right), (self.bottom_left, self.bottom_right)
        return Corners(
            _interpolate(*top, begin), _interpolate(*top, end), _interpolate(*bottom, end), _interpolate(*bottom, begin)
        )


class PageArea(NamedTuple):
    """The size of a page in pixels. Boxes and polygons are clamped to it."""

    width: int
    height: int

    def compute_box(self, corners: Corners) -> Box:
        """Return the smallest box around the corners, at least one pixel wide and high."""
        xs, ys = zip(*corners, strict=True)
        left, top = min(int(min(xs)), self.width - 1), min(int(min(ys)), self.height - 1)
        return (
            max(0, left),
            max(0, top),
            max(left + 1, min(math.ceil(max(xs)), self.width)),
            max(top + 1, min(math.ceil(max(ys)), self.height)),
        )

    def compute_polygon(self, corners: Corners) -> Polygon | None:
        """Return the corners in whole pixels, or None if the box describes them well enough."""
        left, top, right, bottom = self.compute_box(corners)
        a, b, c, d = (self._clamp_point(corner) for corner in corners)
        pairs = zip((a, b, c, d), ((left, top), (right, top), (right, bottom), (left, bottom)), strict=True)
        is_level = all(math.dist(corner, box_corner) <= _MAX_LEVEL_DISTANCE for corner, box_corner in pairs)
        return None if is_level else (a, b, c, d)

    def _clamp_point(self, corner: tuple[float, float]) -> Point:
        x, y = corner
        return min(max(0, round(x)), self.width), min(max(0, round(y)), self.height)


def locate_words(text: str, columns: Sequence[int], length: float) -> Iterator[tuple[slice, float, float]]:
    """Yield for each word its slice of `text`, and its begin and end as shares of the line's length.

    `columns` has the column of each character that is no space; the line has `length` columns. A column lies somewhere
    in the middle of its character. Therefore a word extends by half an average character beyond its outer columns, but
    at most half of the way to the next word.
    """
    half_char, char_count, begin = length / len(text) / 2, 0, 0
    for word in text.split():
        begin, end = text.index(word, begin), char_count + len(word)
        first, last = columns[char_count] + 0.5, columns[end - 1] + 0.5
        lowest = (columns[char_count - 1] + 0.5 + first) / 2 if char_count else 0.0
        highest = (last + columns[end] + 0.5) / 2 if end < len(columns) else length
        word_slice = slice(begin, begin + len(word))
        yield word_slice, max(lowest, first - half_char) / length, min(highest, last + half_char) / length
        begin, char_count = begin + len(word), end


def _interpolate(begin: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share

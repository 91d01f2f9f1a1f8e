"""Conversion of the recognition model's corners and columns to boxes and polygons of lines and words on the page."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from functions.reading.reading import Box, Point, Polygon

#: A text is level if each of its corners is at most this many pixels from a corner of its box. The box is then exact
#: enough, so the text has no polygon.
_MAX_LEVEL_DISTANCE = 2


class Corners(NamedTuple):
    """The corners of a line in pixels of the page, not rounded. `top_left` is the corner above the first character."""

    top_left: tuple[float, float]
    top_right: tuple[float, float]
    bottom_right: tuple[float, float]
    bottom_left: tuple[float, float]

    def crop(self, begin: float, end: float) -> "Corners":
        """Return the corners of a part of the line. `begin` and `end` are shares of the line's length, from 0 to 1."""
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
        """Return the corners in whole pixels, or None if the text is level, so that its box is exact enough."""
        left, top, right, bottom = self.compute_box(corners)
        top_left, top_right, bottom_right, bottom_left = (self._clamp_point(corner) for corner in corners)
        polygon = (top_left, top_right, bottom_right, bottom_left)
        pairs = zip(polygon, ((left, top), (right, top), (right, bottom), (left, bottom)), strict=True)
        is_level = all(math.dist(corner, box_corner) <= _MAX_LEVEL_DISTANCE for corner, box_corner in pairs)
        return None if is_level else polygon

    def _clamp_point(self, corner: tuple[float, float]) -> Point:
        x, y = corner
        return min(max(0, round(x)), self.width), min(max(0, round(y)), self.height)


def locate_words(text: str, columns: Sequence[int], length: float) -> Iterator[tuple[slice, float, float]]:
    """Yield for each word its slice of `text`, and its begin and end as shares of the line's length.

    `columns` has the column in which the model recognized each character that is not a space. The line has `length`
    columns. A column is near the middle of its character. So a word extends beyond its first and last column by half an
    average character, but at most to the middle between two words.
    """
    half_char_width, word_begin, char_count = length / len(text) / 2, 0, 0
    for word in text.split():
        word_begin, next_char_count = text.index(word, word_begin), char_count + len(word)
        first_center, last_center = columns[char_count] + 0.5, columns[next_char_count - 1] + 0.5
        min_begin = (columns[char_count - 1] + 0.5 + first_center) / 2 if char_count else 0.0
        max_end = (last_center + columns[next_char_count] + 0.5) / 2 if next_char_count < len(columns) else length
        word_slice = slice(word_begin, word_begin + len(word))
        yield (
            word_slice,
            max(min_begin, first_center - half_char_width) / length,
            min(max_end, last_center + half_char_width) / length,
        )
        word_begin, char_count = word_begin + len(word), next_char_count


def _interpolate(begin: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share

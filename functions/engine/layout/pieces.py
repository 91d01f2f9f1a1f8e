"""What is put in order: lines, or parts of lines, on a page that was made level."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import accumulate, pairwise
from statistics import median

from functions.runtime.reading import Box, Line, Word

#: Words further apart than so many line heights may belong to two columns. Spaces of justified text are narrower.
_WIDE_GAP = 1.2
#: A slant beyond this is no slant of a page, but writing that stands.
_MOST_SLANT = math.tan(math.radians(20))
#: No page has more lines below each other.
_MOST_LINES = 500
#: Width by height from which a line tells the slant.
_LONG = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A line, or its words from `first` to `last` (excluded). Places are those on the level page."""

    left: float
    top: float
    right: float
    bottom: float
    text: str
    line: int
    first: int
    last: int

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def pieces(lines: Sequence[Line], width: int, height: int) -> list[Piece]:
    """Every line, cut where its words are far apart; what lies outside the page, at its edge.

    They come in an order of their own, so that the one in which an engine found the lines has no say.
    """
    slant = _slant(lines)
    found = [piece for index, line in enumerate(lines) for piece in _cut(line, index, slant)]
    return sorted((_within(piece, width, height) for piece in found), key=astuple)


def line_height(found: Iterable[Piece], width: int, height: int) -> float:
    """The height of the page's usual line: the median over letters, so that specks and headlines have no say."""
    heights = sorted((piece.height, len(piece.text)) for piece in found)
    half = sum(letters for _, letters in heights) / 2
    seen = accumulate(letters for _, letters in heights)
    usual = next((height for (height, _), letters in zip(heights, seen, strict=True) if letters >= half), 0.0)
    return max(usual, max(width, height) / _MOST_LINES)


def _within(piece: Piece, width: int, height: int) -> Piece:
    left, right = (min(max(x, -width), 2 * width) for x in (piece.left, piece.right))
    top, bottom = (min(max(y, -height), 2 * height) for y in (piece.top, piece.bottom))
    return replace(piece, left=left, top=top, right=max(left, right), bottom=max(top, bottom))


def _slant(lines: Sequence[Line]) -> float:
    """Pixels down for each pixel to the right."""
    slopes = [slope for line in lines if (slope := _slope(line)) is not None]
    return median(slopes) if slopes else 0.0


def _slope(line: Line) -> float | None:
    """Of a long line's edges, or of the middles of its first and its last word."""
    if line.polygon:
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = line.polygon
        width, rise, height = bx - ax + cx - dx, by - ay + cy - dy, abs(dy - ay) + abs(cy - by)
    elif line.words:
        (left, top, right, bottom), (left2, top2, right2, bottom2) = line.words[0].box, line.words[-1].box
        width, rise, height = (
            left2 + right2 - left - right,
            top2 + bottom2 - top - bottom,
            bottom - top + bottom2 - top2,
        )
    else:
        return None
    return rise / width if width > _LONG * height and abs(rise) < _MOST_SLANT * width else None


def _cut(line: Line, index: int, slant: float) -> Iterator[Piece]:
    left, top, right, bottom = _level(line, slant)
    height = max(bottom - top, 1.0)
    words = [_level(word, slant) for word in line.words]
    cuts = [n for n, (a, b) in enumerate(pairwise(words), 1) if b[0] - a[2] > _WIDE_GAP * height]
    if not cuts or height > right - left:
        yield Piece(left, top, right, bottom, line.text, index, 0, len(words))
        return
    for first, last in pairwise((0, *cuts, len(words))):
        start = words[first][0] if first else min(left, words[first][0])
        end = words[last - 1][2] if last < len(words) else max(right, words[-1][2])
        text = " ".join(word.text for word in line.words[first:last])
        yield Piece(start, top, end, bottom, text, index, first, last)


def _level(part: Line | Word, slant: float) -> tuple[float, float, float, float]:
    """The place on the page when its slant is taken out, by shearing: for a few degrees as good as turning."""
    if part.polygon:
        corners = [(x + y * slant, y - x * slant) for x, y in part.polygon]
        xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
        return (xs[0] + xs[1]) / 2, (ys[0] + ys[1]) / 2, (xs[2] + xs[3]) / 2, (ys[2] + ys[3]) / 2
    if isinstance(part, Line) and part.words and slant:
        return _around([_level(word, slant) for word in part.words])
    return _sheared(part.box, slant)


def _sheared(box: Box, slant: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    down, across = (left + right) / 2 * slant, (top + bottom) / 2 * slant
    return left + across, top - down, right + across, bottom - down


def _around(boxes: list[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), median(top), max(right), median(bottom)

"""Lines as they would stand on a level page, cut where their words are far apart."""

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from statistics import median

from functions.reading.boxes import around
from functions.reading.layout.pieces import Extent, Piece
from functions.reading.reading import Line, Word

#: Words further apart than so many line heights may belong to two columns. Spaces of justified text are narrower.
_WIDE_GAP = 1.2
#: A line's box goes at most so many line heights beyond its words; what is more is empty.
_MARGIN = 0.3
#: A slant beyond this is no slant of a page, but writing that stands.
_MOST_SLANT = math.tan(math.radians(20))
#: Width by height from which a line tells the slant.
_LONG = 4

#: Left, top, right, bottom, on the level page.
_Place = tuple[float, float, float, float]


def levelled(lines: Sequence[Line], width: int, height: int) -> list[Piece]:
    """Pieces of every line; what lies far outside the page is brought near to its edge.

    They come in an order of their own, so that the one in which an engine found the lines has no say.
    """
    slant = _slant(lines)
    found: list[Piece] = []
    for index, line in enumerate(lines):
        places = [_level(line, slant), *(_level(word, slant) for word in line.words)]
        found += _pieces(line, index, [_near(place, width, height) for place in places])
    return sorted(found)


def _pieces(line: Line, index: int, places: Sequence[_Place]) -> Iterator[Piece]:
    (left, top, right, bottom), *of_words = places
    texts = _texts(line)
    words = (
        tuple(Extent(p[0], p[2], text, p[1], p[3]) for p, text in zip(of_words, texts, strict=True)) if texts else ()
    )
    height = max(bottom - top, 1.0)
    if words:
        left, right = max(left, words[0].left - _MARGIN * height), min(right, words[-1].right + _MARGIN * height)
    whole = Piece(top, left, bottom, max(left, right), line.text.strip(), words, index)
    yield from whole.cut(n for n, a, b in whole.gaps() if b.left - a.right > _WIDE_GAP * height)


def _texts(line: Line) -> list[str]:
    """The line's text, word by word with the spaces between them.

    Nothing when its words are not all of it, or go from right to left: then it ends where its first word stands.
    """
    if line.words and line.words[0].box[0] > line.words[-1].box[0]:
        return []
    texts = [word.text for word in line.words]
    if texts == line.text.split() and line.text == " ".join(texts):  # as nearly always
        return [*(f"{text} " for text in texts[:-1]), *texts[-1:]]
    letters = [place for place, letter in enumerate(line.text) if not letter.isspace()]
    words = ["".join(word.text.split()) for word in line.words]
    if not all(words) or "".join(words) != "".join(line.text.split()):
        return []
    starts = [letters[place] for place in accumulate(map(len, words[:-1]), initial=0)] if words else []
    return [line.text[start:end] for start, end in pairwise([*starts, len(line.text)])]


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
        (ax, ay, bx, by), (cx, cy, dx, dy) = line.words[0].box, line.words[-1].box
        width, rise, height = cx + dx - ax - bx, cy + dy - ay - by, by - ay + dy - cy
    else:
        return None
    return rise / width if width > _LONG * height and abs(rise) < _MOST_SLANT * width else None


def _level(part: Line | Word, slant: float) -> _Place:
    """The place when the page's slant is taken out, by shearing: for a few degrees as good as turning."""
    if part.polygon:
        xs = sorted(x + y * slant for x, y in part.polygon)
        ys = sorted(y - x * slant for x, y in part.polygon)
        return (xs[0] + xs[1]) / 2, (ys[0] + ys[1]) / 2, (xs[2] + xs[3]) / 2, (ys[2] + ys[3]) / 2
    if isinstance(part, Line) and part.words and slant:
        return around(_level(word, slant) for word in part.words)
    left, top, right, bottom = part.box
    across, down = (top + bottom) / 2 * slant, (left + right) / 2 * slant
    return left + across, top - down, right + across, bottom - down


def _near(place: _Place, width: int, height: int) -> _Place:
    """Within three pages: whatever an engine says, distances stay finite."""
    if -width <= place[0] <= place[2] <= 2 * width and -height <= place[1] <= place[3] <= 2 * height:
        return place  # as nearly all are
    left, right = (min(max(x, -width), 2.0 * width) for x in (place[0], place[2]))
    top, bottom = (min(max(y, -height), 2.0 * height) for y in (place[1], place[3]))
    return left, top, max(left, right), max(top, bottom)

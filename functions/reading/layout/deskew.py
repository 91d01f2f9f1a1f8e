"""Deskew lines, and split them where their words are far apart."""

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from statistics import median

from functions.reading.boxes import enclose_boxes
from functions.reading.layout.segments import LineSegment, WordExtent
from functions.reading.reading import Line, Word

#: A line is split at gaps wider than this, in heights of the line, because words beside such a gap can belong to two
#: columns. Spaces in justified text are narrower.
_WIDE_GAP = 1.2
#: The largest empty margin of a line's box beside its words, in line heights. A wider margin is cut off.
_MAX_MARGIN = 0.3
#: Lines with a larger slope are rotated text, so they do not indicate the slant of the page.
_MAX_SLOPE = math.tan(math.radians(20))
#: A line indicates the slant of the page if it is at least this many times as wide as high.
_MIN_ASPECT_RATIO = 4

#: Left, top, right and bottom on the deskewed page.
_DeskewedBox = tuple[float, float, float, float]


def deskew_lines(lines: Sequence[Line], width: int, height: int) -> list[LineSegment]:
    """Return the segments of all lines, deskewed and sorted by position.

    Sorting makes the result independent of the order in which the engine found the lines. Positions far outside the
    page of `width` by `height` pixels are moved near its edge.
    """
    slope = _measure_page_slope(lines)
    segments: list[LineSegment] = []
    for index, line in enumerate(lines):
        boxes = [_deskew(line, slope), *(_deskew(word, slope) for word in line.words)]
        segments += _split_line(line, index, [_limit_distance_to_page(box, width, height) for box in boxes])
    return sorted(segments)


def _split_line(line: Line, index: int, boxes: Sequence[_DeskewedBox]) -> Iterator[LineSegment]:
    """Yield the segments of a line. `boxes` contains the box of the line, then those of its words."""
    (left, top, right, bottom), *word_boxes = boxes
    words: tuple[WordExtent, ...] = ()
    if texts := _split_text(line):
        words = tuple(
            WordExtent(box[0], box[2], text, box[1], box[3]) for box, text in zip(word_boxes, texts, strict=True)
        )
    height = max(bottom - top, 1.0)
    if words:
        margin = _MAX_MARGIN * height
        left, right = max(left, words[0].left - margin), min(right, words[-1].right + margin)
    segment = LineSegment(top, left, bottom, max(left, right), line.text.strip(), words, index)
    yield from segment.split_at(n for n, a, b in segment.iterate_gaps() if b.left - a.right > _WIDE_GAP * height)


def _split_text(line: Line) -> list[str]:
    """Return the text of each word with the spaces after it, so that all texts together are the text of the line.

    Return an empty list if the words are not the complete text, or if the text runs from right to left.
    """
    if line.words and line.words[0].box[0] > line.words[-1].box[0]:
        return []
    texts = [word.text for word in line.words]
    if texts == line.text.split() and line.text == " ".join(texts):  # true for most lines
        return [*(f"{text} " for text in texts[:-1]), *texts[-1:]]
    letter_indexes = [index for index, letter in enumerate(line.text) if not letter.isspace()]
    words = ["".join(word.text.split()) for word in line.words]
    if not all(words) or "".join(words) != "".join(line.text.split()):
        return []
    starts = [letter_indexes[n] for n in accumulate(map(len, words[:-1]), initial=0)] if words else []
    return [line.text[start:end] for start, end in pairwise([*starts, len(line.text)])]


def _measure_page_slope(lines: Sequence[Line]) -> float:
    """Return the median slope of long lines: pixels down for each pixel to the right."""
    slopes = [slope for line in lines if (slope := _measure_slope(line)) is not None]
    return median(slopes) if slopes else 0.0


def _measure_slope(line: Line) -> float | None:
    """Return the slope of a line's polygon or, without a polygon, of the centers of its first and last word.

    Return None for a short or steep line, and for a line with neither a polygon nor words.
    """
    if line.polygon:
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = line.polygon
        width, rise, height = bx - ax + cx - dx, by - ay + cy - dy, abs(dy - ay) + abs(cy - by)
    elif line.words:
        (ax, ay, bx, by), (cx, cy, dx, dy) = line.words[0].box, line.words[-1].box
        width, rise, height = cx + dx - ax - bx, cy + dy - ay - by, by - ay + dy - cy
    else:
        return None
    return rise / width if width > _MIN_ASPECT_RATIO * height and abs(rise) < _MAX_SLOPE * width else None


def _deskew(part: Line | Word, slope: float) -> _DeskewedBox:
    """Return the box on the deskewed page. For a few degrees, shearing is as accurate as rotation.

    If the part has a polygon, each side of the box is at the mean position of two corners.
    """
    if part.polygon:
        xs = sorted(x + y * slope for x, y in part.polygon)
        ys = sorted(y - x * slope for x, y in part.polygon)
        return (xs[0] + xs[1]) / 2, (ys[0] + ys[1]) / 2, (xs[2] + xs[3]) / 2, (ys[2] + ys[3]) / 2
    if isinstance(part, Line) and part.words and slope:
        return enclose_boxes(_deskew(word, slope) for word in part.words)
    left, top, right, bottom = part.box
    shift_x, shift_y = (top + bottom) / 2 * slope, (left + right) / 2 * slope
    return left + shift_x, top - shift_y, right + shift_x, bottom - shift_y


def _limit_distance_to_page(box: _DeskewedBox, width: int, height: int) -> _DeskewedBox:
    """Return the box with each side at most one page width or height outside the page.

    An engine may return any positions. The limit keeps the distances between boxes finite.
    """
    if -width <= box[0] <= box[2] <= 2 * width and -height <= box[1] <= box[3] <= 2 * height:
        return box  # true for most boxes
    left, right = (min(max(x, -width), 2.0 * width) for x in (box[0], box[2]))
    top, bottom = (min(max(y, -height), 2.0 * height) for y in (box[1], box[3]))
    return left, top, max(left, right), max(top, bottom)

"""Segments of text lines: the units of layout analysis."""

from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

#: The largest number of lines that fit on a page. It gives the smallest plausible line height.
_MAX_LINES = 500


class WordExtent(NamedTuple):
    """The text of a word with the space after it, and its bounding box on the deskewed page."""

    left: float
    right: float
    text: str
    top: float
    bottom: float


class LineSegment(NamedTuple):
    """Successive words of a line, or the whole line if its words have no positions.

    Positions are on the deskewed page. `line_index` is an index into the lines of the engine's
    result, and `first_word` is an index into the words of the line.
    """

    top: float
    left: float
    bottom: float
    right: float
    text: str
    words: tuple[WordExtent, ...]
    line_index: int
    first_word: int = 0

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def center_y(self) -> float:
        return (self.top + self.bottom) / 2

    def iterate_gaps(self) -> Iterator[tuple[int, WordExtent, WordExtent]]:
        """Yield neighbouring words, each pair with the index of its second word."""
        return ((n, a, b) for n, (a, b) in enumerate(pairwise(self.words), 1))

    def split_at(self, indexes: Iterable[int]) -> Iterator["LineSegment"]:
        """Split the segment before the words with these ascending indexes. Yield all parts from left to right."""
        for first, last in pairwise((0, *indexes, len(self.words))):
            yield self._select_words(first, last) if last - first < len(self.words) else self

    def _select_words(self, first: int, last: int) -> "LineSegment":
        words = self.words[first:last]
        return self._replace(
            top=min(word.top for word in words),
            bottom=max(word.bottom for word in words),
            left=words[0].left if first else self.left,
            right=max(words[-1].right, words[0].left) if last < len(self.words) else self.right,
            text="".join(word.text for word in words).strip(),
            words=words,
            first_word=self.first_word + first,
        )


def measure_line_height(segments: Iterable[LineSegment], width: int, height: int) -> float:
    """Return the usual line height of a page of `width` by `height` pixels.

    It is the median of the line heights, and each line counts once for each of its letters. So specks and headings have
    little effect.
    """
    heights = sorted((segment.height, len(segment.text)) for segment in segments)
    half = sum(letters for _, letters in heights) / 2
    totals = accumulate(letters for _, letters in heights)
    median = next((height for (height, _), total in zip(heights, totals, strict=True) if total >= half), 0.0)
    return max(median, max(width, height) / _MAX_LINES)

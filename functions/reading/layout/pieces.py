"""What is put in order: lines, or parts of lines."""

from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

#: No page has more lines below each other.
_MOST_LINES = 500


class Extent(NamedTuple):
    """Where a word is, and what it is, with the space after it."""

    left: float
    right: float
    text: str
    top: float
    bottom: float


class Piece(NamedTuple):
    """The words of a line from `first` on, or all of it when it came without words. Places are on the level page."""

    top: float
    left: float
    bottom: float
    right: float
    text: str
    words: tuple[Extent, ...]
    line: int
    first: int = 0

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def gaps(self) -> Iterator[tuple[int, Extent, Extent]]:
        """Words that follow each other, with the place of the second among the words."""
        return ((n, a, b) for n, (a, b) in enumerate(pairwise(self.words), 1))

    def cut(self, places: Iterable[int]) -> Iterator["Piece"]:
        """Parts that begin with the words at these places, in order; the first has what comes before them."""
        for first, last in pairwise((0, *places, len(self.words))):
            yield self._part(first, last) if last - first < len(self.words) else self

    def _part(self, first: int, last: int) -> "Piece":
        words = self.words[first:last]
        return self._replace(
            top=min(word.top for word in words),
            bottom=max(word.bottom for word in words),
            left=words[0].left if first else self.left,
            right=max(words[-1].right, words[0].left) if last < len(self.words) else self.right,
            text="".join(word.text for word in words).strip(),
            words=words,
            first=self.first + first,
        )


def line_height(found: Iterable[Piece], width: int, height: int) -> float:
    """The height of the page's usual line: the median over letters, so that specks and headlines have no say."""
    heights = sorted((piece.height, len(piece.text)) for piece in found)
    half = sum(letters for _, letters in heights) / 2
    seen = accumulate(letters for _, letters in heights)
    usual = next((height for (height, _), letters in zip(heights, seen, strict=True) if letters >= half), 0.0)
    return max(usual, max(width, height) / _MOST_LINES)

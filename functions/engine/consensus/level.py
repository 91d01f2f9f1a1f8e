"""The page as it lay when it was read, its lines level: there, places of two readings compare and come in order."""

from collections.abc import Iterable
from math import ceil

from functions.engine.preparation.mapping import Places, applied, corners_of, inverse
from functions.reading.reading import Affine, Block, Disagreement, Line, Reading

_SAME: Affine = (1, 0, 0, 0, 1, 0)


class Level:
    """The page of a reading, from which lines come and to which they go back."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        to_page = reading.preparation.to_page if reading.preparation else _SAME
        back = inverse(to_page)
        across, down = zip(
            *(applied(back, corner) for corner in corners_of((0, 0, reading.width, reading.height))), strict=True
        )
        #: In pixels, of the level page.
        self.width, self.height = ceil(max(across)), ceil(max(down))
        self._back = Places(back, self.width, self.height)
        self._there = Places(to_page, reading.width, reading.height)

    def lines_of(self, other: Reading) -> tuple[Line, ...]:
        """Another reading's lines, or its own, on the level page. That one may be of a smaller or larger rendering."""
        width, height = self._reading.width, self._reading.height
        to_size = Places((width / other.width, 0, 0, 0, height / other.height, 0), width, height)
        return tuple(self._back.line(to_size.line(line)) for line in other.lines)

    def lines(self, lines: Iterable[Line]) -> tuple[Line, ...]:
        """Back on the page."""
        return tuple(self._there.line(line) for line in lines)

    def blocks(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        """Back on the page."""
        return tuple(self._there.block(block) for block in blocks)

    def disagreement(self, found: Disagreement) -> Disagreement:
        """Back on the page."""
        return found.model_copy(update={"box": self._there.box(found.box)}) if found.box else found

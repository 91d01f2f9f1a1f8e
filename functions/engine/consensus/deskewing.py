"""Map readings to the deskewed page. Text lines are horizontal there, so boxes of two readings are comparable."""

from collections.abc import Iterable
from math import ceil

from functions.engine.preparation.coordinates import CoordinateMapper, apply_affine, get_corners, invert_affine
from functions.reading.reading import Affine, Block, Disagreement, Line, Reading

_IDENTITY: Affine = (1, 0, 0, 0, 1, 0)


class DeskewedPage:
    """The prepared page of one reading, which is rotated and deskewed. `width` and `height` are its size in pixels."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        to_page = reading.preparation.to_page if reading.preparation else _IDENTITY
        to_deskewed = invert_affine(to_page)
        corners = get_corners((0, 0, reading.width, reading.height))
        xs, ys = zip(*(apply_affine(to_deskewed, corner) for corner in corners), strict=True)
        self.width, self.height = ceil(max(xs)), ceil(max(ys))
        self._to_deskewed = CoordinateMapper(to_deskewed, self.width, self.height)
        self._to_page = CoordinateMapper(to_page, reading.width, reading.height)

    def map_lines(self, reading: Reading) -> tuple[Line, ...]:
        """Return the lines of any reading of the page with coordinates of the deskewed page.

        Engines may have rendered the page in different sizes.
        """
        width, height = self._reading.width, self._reading.height
        to_size = CoordinateMapper((width / reading.width, 0, 0, 0, height / reading.height, 0), width, height)
        return tuple(self._to_deskewed.map_line(to_size.map_line(line)) for line in reading.lines)

    def restore_lines(self, lines: Iterable[Line]) -> tuple[Line, ...]:
        """Return lines of the deskewed page with coordinates of the rendered page."""
        return tuple(self._to_page.map_line(line) for line in lines)

    def restore_blocks(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        """Return blocks of the deskewed page with coordinates of the rendered page."""
        return tuple(self._to_page.map_block(block) for block in blocks)

    def restore_disagreement(self, disagreement: Disagreement) -> Disagreement:
        """Return a disagreement of the deskewed page with coordinates of the rendered page."""
        if disagreement.box is None:
            return disagreement
        return disagreement.model_copy(update={"box": self._to_page.map_box(disagreement.box)})

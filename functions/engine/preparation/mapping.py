"""From a reading of the prepared page to one of the page: every place moves, nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from functions.engine.pages import PageImage
from functions.reading.boxes import around_points
from functions.reading.reading import Affine, Block, Box, Cell, Line, Point, Polygon, Reading, Word

P = TypeVar("P", Word, Line, Block)


def on_page(reading: Reading, image: PageImage) -> Reading:
    """What was read on `image.raster`, in pixels of the page as it was rendered."""
    timings = {**image.timings, **reading.timings}
    if image.preparation is None:
        return reading.model_copy(update={"timings": timings})
    places = Places(image.preparation.to_page, image.look.width, image.look.height)
    update: Mapping[str, Any] = {
        "width": image.look.width,
        "height": image.look.height,
        "dpi": image.look.dpi,
        "lines": tuple(places.line(line) for line in reading.lines),
        "blocks": tuple(places.block(block) for block in reading.blocks),
        "preparation": image.preparation,
        "timings": timings,
    }
    return reading.model_copy(update=update)


def inverse(affine: Affine) -> Affine:
    """The way back."""
    a, b, c, d, e, f = affine
    area = a * e - b * d
    return e / area, -b / area, (b * f - c * e) / area, -d / area, a / area, (c * d - a * f) / area


class Places:
    """Moves places to a page of this size."""

    def __init__(self, affine: Affine, width: int, height: int) -> None:
        self._affine, self._width, self._height = affine, width, height
        # A page that is only larger or smaller needs no polygons: its boxes say it all.
        self._turns = self._affine[1] != 0 or self._affine[0] < 0

    def line(self, line: Line) -> Line:
        """With its words."""
        return self._moved(line).model_copy(update={"words": tuple(self._moved(word) for word in line.words)})

    def block(self, block: Block) -> Block:
        """With its cells."""
        return self._moved(block).model_copy(update={"cells": tuple(self._cell(cell) for cell in block.cells)})

    def _cell(self, cell: Cell) -> Cell:
        return cell.model_copy(update={"box": self.box(cell.box) if cell.box else None})

    def box(self, box: Box) -> Box:
        """What lies around its corners there."""
        return self._around(corners_of(box))

    def _moved(self, part: P) -> P:
        corners = part.polygon or (corners_of(part.box) if part.box else None)
        if corners is None:
            return part
        update: dict[str, Any] = {"box": self._around(corners)}
        if part.polygon or self._turns:
            update["polygon"] = tuple(self._point(corner) for corner in corners)
        return part.model_copy(update=update)

    def _around(self, corners: Polygon) -> Box:
        """The box around them; on the page, so that no box points outside of it."""
        return around_points(self._point(corner) for corner in corners)

    def _point(self, point: Point) -> Point:
        x, y = applied(self._affine, point)
        return min(max(round(x), 0), self._width), min(max(round(y), 0), self._height)


def applied(affine: Affine, point: Sequence[float]) -> tuple[float, float]:
    """Where the point comes to lie."""
    a, b, c, d, e, f = affine
    return a * point[0] + b * point[1] + c, d * point[0] + e * point[1] + f


def corners_of(box: Box) -> Polygon:
    """Clockwise from the top left."""
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)

"""Map coordinates between the prepared page and the rendered page by an affine transform."""

from collections.abc import Sequence
from typing import Any, TypeVar

from functions.reading.boxes import enclose_points
from functions.reading.reading import Affine, Block, Box, Cell, Line, Point, Polygon, Word

PartT = TypeVar("PartT", Word, Line, Block)


class CoordinateMapper:
    """A mapper of coordinates to a page of `width` by `height` pixels. Its results are limited to the page."""

    def __init__(self, affine: Affine, width: int, height: int) -> None:
        self._affine, self._width, self._height = affine, width, height
        # Without a rotation, boxes stay rectangular, so they need no polygons.
        self._is_rotated = self._affine[1] != 0 or self._affine[0] < 0

    def map_line(self, line: Line) -> Line:
        """Return the line and its words with mapped boxes and polygons."""
        return self._map_part(line).model_copy(update={"words": tuple(self._map_part(word) for word in line.words)})

    def map_block(self, block: Block) -> Block:
        """Return the block and its cells with mapped boxes and polygons."""
        return self._map_part(block).model_copy(update={"cells": tuple(self._map_cell(cell) for cell in block.cells)})

    def map_box(self, box: Box) -> Box:
        """Return the smallest box around the mapped corners of a box."""
        return self._map_corners_to_box(get_corners(box))

    def _map_cell(self, cell: Cell) -> Cell:
        return cell.model_copy(update={"box": self.map_box(cell.box) if cell.box else None})

    def _map_part(self, part: PartT) -> PartT:
        corners = part.polygon or (get_corners(part.box) if part.box else None)
        if corners is None:
            return part
        update: dict[str, Any] = {"box": self._map_corners_to_box(corners)}
        if part.polygon or self._is_rotated:
            update["polygon"] = tuple(self._map_point(corner) for corner in corners)
        return part.model_copy(update=update)

    def _map_corners_to_box(self, corners: Polygon) -> Box:
        return enclose_points(self._map_point(corner) for corner in corners)

    def _map_point(self, point: Point) -> Point:
        x, y = apply_affine(self._affine, point)
        return min(max(round(x), 0), self._width), min(max(round(y), 0), self._height)


def apply_affine(affine: Affine, point: Sequence[float]) -> tuple[float, float]:
    """Return the point (x, y) that the transform gives for `point`."""
    a, b, c, d, e, f = affine
    return a * point[0] + b * point[1] + c, d * point[0] + e * point[1] + f


def invert_affine(affine: Affine) -> Affine:
    """Return the inverse of an affine transform."""
    a, b, c, d, e, f = affine
    det = a * e - b * d
    return e / det, -b / det, (b * f - c * e) / det, -d / det, a / det, (c * d - a * f) / det


def get_corners(box: Box) -> Polygon:
    """Return the corners of a box, clockwise from the top left."""
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)

"""The smallest bounding box around boxes or points."""

from collections.abc import Iterable
from typing import TypeVar

Number = TypeVar("Number", int, float)


def enclose_boxes(boxes: Iterable[tuple[Number, Number, Number, Number]]) -> tuple[Number, Number, Number, Number]:
    """Return the smallest box (left, top, right, bottom) around at least one box."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def enclose_points(points: Iterable[tuple[Number, Number]]) -> tuple[Number, Number, Number, Number]:
    """Return the smallest box (left, top, right, bottom) around at least one point."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)

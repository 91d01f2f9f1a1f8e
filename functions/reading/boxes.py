"""The smallest bounding box around boxes or points."""

from collections.abc import Iterable
from typing import TypeVar

N = TypeVar("N", int, float)


def enclose_boxes(boxes: Iterable[tuple[N, N, N, N]]) -> tuple[N, N, N, N]:
    """Return the smallest box (left, top, right, bottom) around at least one box."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def enclose_points(points: Iterable[tuple[N, N]]) -> tuple[N, N, N, N]:
    """Return the smallest box (left, top, right, bottom) around at least one point."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)

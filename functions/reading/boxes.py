"""The smallest box around others, or around points."""

from collections.abc import Iterable
from typing import TypeVar

N = TypeVar("N", int, float)


def around(boxes: Iterable[tuple[N, N, N, N]]) -> tuple[N, N, N, N]:
    """Of boxes, at least one."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def around_points(points: Iterable[tuple[N, N]]) -> tuple[N, N, N, N]:
    """Of points, at least one."""
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)

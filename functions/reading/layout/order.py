"""The order of rows: cut across where neither a row nor a gutter stands in the way, else downwards, and so on."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import TypeVar

from functions.reading.layout.columns import Gutter
from functions.reading.layout.rows import Row

#: Boxes of neighbouring lines overlap by so much of a line's height, and are apart nevertheless.
_OVERLAP = 0.5
#: No page is nested deeper; what is still left is read from top to bottom.
_DEEPEST = 40

T = TypeVar("T")

#: From, to, and the row that lies there; or none, where a gutter does.
_Span = tuple[float, float, Row | None]


def ordered(rows: Sequence[Row], gutters: Sequence[Gutter], height: float, depth: int = 0) -> list[Row]:
    """The rows in reading order."""
    if len(rows) > 1 and depth < _DEEPEST:
        for spans in (_down(rows, gutters), _across(rows), _sides(rows, gutters, height)):
            parts = apart(spans, _OVERLAP * height)
            if len(parts) > 1:
                return [row for part in parts for row in ordered(part, gutters, height, depth + 1)]
    return sorted(rows, key=lambda row: (row.middle, row.left))


def _down(rows: Sequence[Row], gutters: Sequence[Gutter]) -> list[_Span]:
    walls: list[_Span] = [(gutter.top, gutter.bottom, None) for gutter in _inside(rows, gutters)]
    return walls + [(row.top, row.bottom, row) for row in rows]


def _across(rows: Sequence[Row]) -> list[_Span]:
    return [(row.left, row.right, row) for row in rows]


def _sides(rows: Sequence[Row], gutters: Sequence[Gutter], height: float) -> list[_Span]:
    """Left and right of a gutter, into which some row reaches too far for a cut."""
    heart = median(row.middle for row in rows)
    middles = [gutter.middle for gutter in _inside(rows, gutters) if gutter.top < heart < gutter.bottom]
    sides = [sum(middle < (row.left + row.right) / 2 for middle in middles) for row in rows]
    return [(side * height, (side + 1) * height, row) for side, row in zip(sides, rows, strict=True)]


def _inside(rows: Sequence[Row], gutters: Sequence[Gutter]) -> list[Gutter]:
    left, right = min(row.left for row in rows), max(row.right for row in rows)
    return [gutter for gutter in gutters if left < gutter.middle < right]


def apart(spans: Iterable[tuple[float, float, T | None]], slack: float = 0) -> list[list[T]]:
    """Groups that overlap by no more than `slack`, of what lies in these spans; one without anything parts nothing."""
    parts: list[list[T]] = []
    reached = float("-inf")
    for start, end, what in sorted(spans, key=lambda span: span[:2]):
        if start >= reached - min(slack, (end - start) / 2):
            parts.append([])
        if what is not None:
            parts[-1].append(what)
        reached = max(reached, end)
    return [part for part in parts if part]

"""Link segments to their neighbours in the same row and below.

Links are dictionaries from the index of a segment to the index of its neighbour.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product

from functions.reading.layout.segments import LineSegment

# All distances are multiples of the line height.
#: The largest gap to the next line of a paragraph. Gaps between paragraphs are larger.
_MAX_LINE_GAP = 1.3
#: Segments of one row share at least this part of the lower segment's height.
_SHARED_HEIGHT = 0.5
#: The center of the next row is at least this far below.
_MIN_ROW_DISTANCE = 0.4
#: A segment is below another one if they share at least this width.
_SHARED_WIDTH = 0.3
#: Segments of one row have heights that differ at most by this factor.
_MAX_HEIGHT_RATIO = 2.0
#: The width of a grid cell.
_CELL_WIDTH = 4.0
#: The largest number of segments that are compared one by one. If a cell has more, none is the only neighbour.
_MAX_CANDIDATES = 50


def link_right_neighbours(segments: Sequence[LineSegment], line_height: float) -> dict[int, int]:
    """Return the right neighbour of each segment in the same row. A segment is linked to its nearest left neighbour."""
    bands = {
        number: sorted((segments[index].left, index) for index in band)
        for number, band in _group_bands(segments, line_height).items()
    }
    left_of: dict[int, int] = {}
    for index, segment in enumerate(segments):
        right = _find_next_in_row(segments, index, bands, line_height)
        if right is not None and (right not in left_of or segments[left_of[right]].right < segment.right):
            left_of[right] = index
    return {left: right for right, left in left_of.items()}


def _group_bands(segments: Sequence[LineSegment], line_height: float) -> dict[int, list[int]]:
    """Return the indexes of segments by the horizontal band of one line height that contains their center."""
    bands: dict[int, list[int]] = defaultdict(list)
    for index, segment in enumerate(segments):
        bands[int(segment.center_y // line_height)].append(index)
    return bands


def _find_next_in_row(
    segments: Sequence[LineSegment], index: int, bands: dict[int, list[tuple[float, int]]], line_height: float
) -> int | None:
    segment, number = segments[index], int(segments[index].center_y // line_height)
    start = max(segment.right - line_height / 2, (segment.left + segment.right) / 2)
    candidates: list[tuple[float, int]] = []
    for band in (bands.get(near, []) for near in (number - 1, number, number + 1)):
        for left, other in band[bisect_left(band, (start, -1)) :]:
            if (left, other) > (segment.left, index) and is_same_row(segment, segments[other]):
                candidates.append((left, other))
                break
    return min(candidates)[1] if candidates else None


def is_same_row(a: LineSegment, b: LineSegment) -> bool:
    """Return whether the segments have similar heights and vertical positions."""
    shared = min(a.bottom, b.bottom) - max(a.top, b.top)
    if shared <= 0:
        return False
    low, high = sorted((max(a.height, 1.0), max(b.height, 1.0)))
    return high <= _MAX_HEIGHT_RATIO * low and shared >= _SHARED_HEIGHT * low


def link_lower_neighbours(segments: Sequence[LineSegment], line_height: float) -> dict[int, int]:
    """Return the lower neighbour of each segment that has exactly one, if it has no other upper neighbour."""
    grid = _Grid(segments, line_height)
    down = {index: n for index in range(len(segments)) if (n := _find_only_neighbour(grid, index, 1)) is not None}
    up = {index: n for index in set(down.values()) if (n := _find_only_neighbour(grid, index, -1)) is not None}
    return {upper: lower for upper, lower in down.items() if up.get(lower) == upper}


@dataclass(frozen=True)
class _Grid:
    """Segments by horizontal band, and by cell of a band if the bands are crowded."""

    segments: Sequence[LineSegment]
    line_height: float

    @cached_property
    def bands(self) -> dict[int, list[int]]:
        return _group_bands(self.segments, self.line_height)

    @cached_property
    def cells(self) -> dict[tuple[int, int], list[int]]:
        """The indexes of segments by band and column. Most pages do not need them, so they are built on demand."""
        cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, indexes in self.bands.items():
            for index in indexes:
                for column in self.find_columns(self.segments[index]):
                    cells[number, column].append(index)
        return cells

    def find_columns(self, segment: LineSegment) -> range:
        width = _CELL_WIDTH * self.line_height
        return range(int(segment.left // width), int(segment.right // width) + 1)

    def find_candidates(self, segment: LineSegment, top: float, bottom: float) -> Iterable[int]:
        """Return the segments that share some width and have their center in the bands from `top` to `bottom`.

        Return nothing if there are too many: then none is the only neighbour.
        """
        numbers = range(int(top // self.line_height), int(bottom // self.line_height) + 1)
        near = [self.bands.get(number, ()) for number in numbers]
        if sum(map(len, near)) > _MAX_CANDIDATES:
            return self._find_candidates_by_cell(segment, numbers)
        return [
            index
            for index in chain.from_iterable(near)
            if _has_shared_width(segment, self.segments[index], self.line_height)
        ]

    def _find_candidates_by_cell(self, segment: LineSegment, numbers: range) -> Iterable[int]:
        """Return the result of `find_candidates` for crowded bands. The grid limits the time on any page."""
        candidates: set[int] = set()
        checked: set[int] = set()
        for cell in product(numbers, self.find_columns(segment)):
            indexes = self.cells.get(cell, ())
            if max(len(indexes), len(candidates)) > _MAX_CANDIDATES:
                return ()
            for index in indexes:
                if index not in checked:  # a segment can be in several cells
                    checked.add(index)
                    if _has_shared_width(segment, self.segments[index], self.line_height):
                        candidates.add(index)
        return candidates


def _find_only_neighbour(grid: _Grid, index: int, direction: int) -> int | None:
    """Return the only segment in the next row below (direction 1) or above (-1) that shares some width, or None."""
    segments, line_height = grid.segments, grid.line_height
    segment = segments[index]
    near = segment.center_y + direction * max(0.0, segment.height - line_height) / 2
    far = segment.center_y + direction * (segment.height / 2 + (_MAX_LINE_GAP + 0.5) * line_height)
    candidates = grid.find_candidates(segment, min(near, far), max(near, far))
    distances = [(direction * (segments[other].center_y - segment.center_y), other) for other in candidates]
    return _find_nearest(segment, distances, segments, line_height)


def _find_nearest(
    segment: LineSegment, distances: list[tuple[float, int]], segments: Sequence[LineSegment], line_height: float
) -> int | None:
    """Return the nearest segment, or None if it is too far away or another segment is in the same row."""
    others = sorted((distance, other) for distance, other in distances if distance > _MIN_ROW_DISTANCE * line_height)
    if not others or (len(others) > 1 and others[1][0] < others[0][0] + _SHARED_HEIGHT * line_height):
        return None
    distance, nearest = others[0]
    gap = distance - (segments[nearest].height + segment.height) / 2
    return nearest if gap < _MAX_LINE_GAP * line_height else None


def _has_shared_width(a: LineSegment, b: LineSegment, line_height: float) -> bool:
    return min(a.right, b.right) - max(a.left, b.left) > _SHARED_WIDTH * line_height

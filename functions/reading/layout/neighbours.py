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

# All distances are multiples of the line height, unless the comment says otherwise.
#: The largest gap to the next line of a paragraph. Gaps between paragraphs are larger.
_MAX_LINE_GAP = 1.3
#: Segments of one row share at least this part of the smaller segment's height. Candidates for a lower neighbour are in
#: one row if their centers are closer than this part of the line height.
_SHARED_HEIGHT = 0.5
#: The smallest vertical distance between the centers of neighbouring rows.
_MIN_ROW_DISTANCE = 0.4
#: A segment can be a lower neighbour of another one only if they share more than this width.
_SHARED_WIDTH = 0.3
#: Segments of one row have heights that differ at most by this factor.
_MAX_HEIGHT_RATIO = 2.0
#: The width of a grid cell.
_CELL_WIDTH = 4.0
#: The largest number of candidates for a neighbour. A segment with more candidates is not linked.
_MAX_CANDIDATES = 50


def link_right_neighbours(segments: Sequence[LineSegment], line_height: float) -> dict[int, int]:
    """Link segments to their right neighbours in the same row. A segment has at most one left neighbour."""
    bands = {
        number: sorted((segments[index].left, index) for index in band)
        for number, band in _group_bands(segments, line_height).items()
    }
    left_neighbours: dict[int, int] = {}
    for index, segment in enumerate(segments):
        right_index = _find_next_in_row(segments, index, bands, line_height)
        if right_index is None:
            continue
        if right_index not in left_neighbours or segments[left_neighbours[right_index]].right < segment.right:
            left_neighbours[right_index] = index
    return {left: right for right, left in left_neighbours.items()}


def _group_bands(segments: Sequence[LineSegment], line_height: float) -> dict[int, list[int]]:
    """Return the indexes of segments by the horizontal band of one line height that contains their center."""
    bands: dict[int, list[int]] = defaultdict(list)
    for index, segment in enumerate(segments):
        bands[int(segment.center_y // line_height)].append(index)
    return bands


def _find_next_in_row(
    segments: Sequence[LineSegment], index: int, bands: dict[int, list[tuple[float, int]]], line_height: float
) -> int | None:
    """Return the index of the next segment to the right in the same row, or None if there is none.

    `bands` contains the left edges and indexes of the segments of each band, from left to right.
    """
    segment, band_number = segments[index], int(segments[index].center_y // line_height)
    start = max(segment.right - line_height / 2, (segment.left + segment.right) / 2)
    candidates: list[tuple[float, int]] = []
    for band in (bands.get(band_number + offset, []) for offset in (-1, 0, 1)):
        for left, candidate in band[bisect_left(band, (start, -1)) :]:
            if (left, candidate) > (segment.left, index) and are_in_same_row(segment, segments[candidate]):
                candidates.append((left, candidate))
                break
    return min(candidates)[1] if candidates else None


def are_in_same_row(first: LineSegment, second: LineSegment) -> bool:
    """Return whether the segments have similar heights and vertical positions."""
    shared_height = min(first.bottom, second.bottom) - max(first.top, second.top)
    if shared_height <= 0:
        return False
    smaller, larger = sorted((max(first.height, 1.0), max(second.height, 1.0)))
    return larger <= _MAX_HEIGHT_RATIO * smaller and shared_height >= _SHARED_HEIGHT * smaller


def link_lower_neighbours(segments: Sequence[LineSegment], line_height: float) -> dict[int, int]:
    """Link segments to their lower neighbours.

    Two segments are linked if each is the only neighbour of the other one in the next row below or above.
    """
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
        """The indexes of segments by band and grid column. They are built on demand: most pages do not need them."""
        cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, indexes in self.bands.items():
            for index in indexes:
                for column in self.get_grid_columns(self.segments[index]):
                    cells[number, column].append(index)
        return cells

    def get_grid_columns(self, segment: LineSegment) -> range:
        """Return the numbers of the grid columns that contain a part of the segment."""
        width = _CELL_WIDTH * self.line_height
        return range(int(segment.left // width), int(segment.right // width) + 1)

    def find_candidates(self, segment: LineSegment, top: float, bottom: float) -> Iterable[int]:
        """Return the indexes of the segments that are above or below `segment` and have enough shared width with it.

        Their centers are in the bands from `top` to `bottom`. If there are too many, the result can be empty, because
        `segment` is not linked then.
        """
        numbers = range(int(top // self.line_height), int(bottom // self.line_height) + 1)
        bands = [self.bands.get(number, ()) for number in numbers]
        if sum(map(len, bands)) > _MAX_CANDIDATES:
            return self._find_candidates_by_cell(segment, numbers)
        return [
            index
            for index in chain.from_iterable(bands)
            if _has_shared_width(segment, self.segments[index], self.line_height)
        ]

    def _find_candidates_by_cell(self, segment: LineSegment, numbers: range) -> Iterable[int]:
        """Return the result of `find_candidates` for crowded bands with these numbers.

        Only cells that contain a part of the segment are searched, which limits the time on any page.
        """
        candidates: set[int] = set()
        checked: set[int] = set()
        for cell in product(numbers, self.get_grid_columns(segment)):
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
    """Return the index of the only neighbour in the row below (direction 1) or above (-1), or None."""
    segments, line_height = grid.segments, grid.line_height
    segment = segments[index]
    near_y = segment.center_y + direction * max(0.0, segment.height - line_height) / 2
    far_y = segment.center_y + direction * (segment.height / 2 + (_MAX_LINE_GAP + 0.5) * line_height)
    candidates = grid.find_candidates(segment, min(near_y, far_y), max(near_y, far_y))
    distances = [(direction * (segments[n].center_y - segment.center_y), n) for n in candidates]
    return _find_nearest(segment, distances, segments, line_height)


def _find_nearest(
    segment: LineSegment, distances: list[tuple[float, int]], segments: Sequence[LineSegment], line_height: float
) -> int | None:
    """Return the index of the candidate nearest to `segment`, or None if it is too far away or not alone in its row.

    `distances` contains, for each candidate, the vertical distance of its center from that of `segment`, and its index.
    """
    ordered = sorted((distance, n) for distance, n in distances if distance > _MIN_ROW_DISTANCE * line_height)
    if not ordered or (len(ordered) > 1 and ordered[1][0] < ordered[0][0] + _SHARED_HEIGHT * line_height):
        return None
    distance, nearest = ordered[0]
    gap = distance - (segments[nearest].height + segment.height) / 2
    return nearest if gap < _MAX_LINE_GAP * line_height else None


def _has_shared_width(first: LineSegment, second: LineSegment, line_height: float) -> bool:
    return min(first.right, second.right) - max(first.left, second.left) > _SHARED_WIDTH * line_height

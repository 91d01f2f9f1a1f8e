"""Join segments into rows, which are read from left to right, as in tables and forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.reading.layout.gutters import Gutter
from functions.reading.layout.segments import LineSegment


@dataclass(frozen=True, slots=True)
class TextRow:
    """Segments from left to right, and their common bounding box."""

    segments: tuple[LineSegment, ...]
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def from_segments(cls, segments: Sequence[LineSegment]) -> "TextRow":
        return cls(
            tuple(segments),
            min(segment.left for segment in segments),
            min(segment.top for segment in segments),
            max(segment.right for segment in segments),
            max(segment.bottom for segment in segments),
        )

    @property
    def center_y(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)


def build_rows(
    segments: Sequence[LineSegment],
    right_neighbours: Mapping[int, int],
    gutters: Sequence[Gutter],
    line_height: float,
) -> list[TextRow]:
    """Return rows that together contain each segment once. A row is a chain of right neighbours without a gutter."""
    joined = {
        left: right
        for left, right in right_neighbours.items()
        if not _are_separated(segments[left], segments[right], gutters, line_height)
    }
    rows = []
    for start in sorted(set(range(len(segments))) - set(joined.values())):
        chain = [start]
        while chain[-1] in joined:
            chain.append(joined[chain[-1]])
        rows.append(TextRow.from_segments([segments[index] for index in chain]))
    return rows


def _are_separated(left: LineSegment, right: LineSegment, gutters: Sequence[Gutter], line_height: float) -> bool:
    center_y = (left.center_y + right.center_y) / 2
    tolerance = line_height / 2
    min_x, max_x = left.right - tolerance, right.left + tolerance
    return any(gutter.top <= center_y <= gutter.bottom and min_x <= gutter.center_x <= max_x for gutter in gutters)

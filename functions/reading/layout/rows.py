"""Join segments into rows, which are read from left to right, as in tables and forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.reading.layout.gutters import Gutter
from functions.reading.layout.segments import LineSegment


@dataclass(frozen=True, slots=True)
class TextRow:
    """Segments from left to right, and the bounding box of all."""

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
    segments: Sequence[LineSegment], right: Mapping[int, int], gutters: Sequence[Gutter], line_height: float
) -> list[TextRow]:
    """Return rows that contain each segment once. Right neighbours are joined unless a gutter separates them."""
    joined = {a: b for a, b in right.items() if not _are_separated(segments[a], segments[b], gutters, line_height)}
    rows = []
    for start in sorted(set(range(len(segments))) - set(joined.values())):
        chain = [start]
        while chain[-1] in joined:
            chain.append(joined[chain[-1]])
        rows.append(TextRow.from_segments([segments[index] for index in chain]))
    return rows


def _are_separated(a: LineSegment, b: LineSegment, gutters: Sequence[Gutter], line_height: float) -> bool:
    y = (a.center_y + b.center_y) / 2
    slack = line_height / 2
    return any(
        gutter.top <= y <= gutter.bottom and a.right - slack <= gutter.center_x <= b.left + slack for gutter in gutters
    )

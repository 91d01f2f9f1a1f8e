"""Find gutters: the white space between columns of running text. Rows end at a gutter."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from functions.reading.layout.segments import LineSegment, WordExtent

#: A column of running text has at least this many lines.
_MIN_LINES = 3
#: The median line of running text has at least this many words with more than one letter.
_MIN_WORDS = 3
#: The median line of running text has at least this part of the width of the widest line.
_MIN_WIDTH_SHARE = 0.75
#: The number of leader dots that identify an entry of an index or a table of contents.
_MIN_LEADER_DOTS = 4
#: The number of successive lines that are judged together.
_WINDOW = 5
#: The smallest gap between words, in line heights, at which a line that crosses a gutter is split.
_MIN_SPLIT_GAP = 0.4
#: The largest distance, in line heights, between the left edge of a column and the first word of a line in it.
_MAX_INDENT = 0.75


@dataclass(frozen=True, slots=True)
class Gutter:
    """A vertical line at `center_x` from `top` to `bottom`. The column on its right begins at `right_edge`."""

    center_x: float
    right_edge: float
    top: float
    bottom: float

    def is_crossed_by(self, segment: LineSegment, line_height: float) -> bool:
        """Return whether the segment extends by more than a line height to both sides of `center_x`.

        The vertical positions of gutter and segment do not matter.
        """
        return segment.left < self.center_x - line_height and segment.right > self.center_x + line_height

    def find_split_index(self, segment: LineSegment, line_height: float) -> int | None:
        """Return the index of the segment's first word in the right column, at which the segment can be split.

        Return None if the segment does not cross the gutter, or if no word after a gap begins at the right column.
        """
        if not self.is_crossed_by(segment, line_height) or not self.top <= segment.center_y <= self.bottom:
            return None
        indexes = (
            index
            for index, a, b in segment.iterate_gaps()
            if b.left - a.right > _MIN_SPLIT_GAP * line_height and self._is_at_right_edge(b, line_height)
        )
        return next(indexes, None)

    def _is_at_right_edge(self, word: WordExtent, line_height: float) -> bool:
        return abs(word.left - self.right_edge) < _MAX_INDENT * line_height


def find_gutters(
    segments: Sequence[LineSegment],
    right_neighbours: Mapping[int, int],
    lower_neighbours: Mapping[int, int],
    line_height: float,
) -> list[Gutter]:
    """Return the gutters between neighbouring columns of running text.

    The neighbours are links between indexes of `segments`.
    """
    stacks = _build_stacks(len(segments), lower_neighbours)
    stack_by_segment = {index: n for n, stack in enumerate(stacks) for index in _select_running_text(segments, stack)}
    pairs_by_stacks: dict[tuple[int, int], list[tuple[LineSegment, LineSegment]]] = defaultdict(list)
    for left, right in right_neighbours.items():
        left_stack, right_stack = stack_by_segment.get(left), stack_by_segment.get(right)
        if left_stack is not None and right_stack is not None and left_stack != right_stack:
            pairs_by_stacks[left_stack, right_stack].append((segments[left], segments[right]))
    running_text = [segments[index] for index in stack_by_segment]
    return [
        extend_gutter(_build_gutter(pairs), segments, running_text, line_height)
        for pairs in pairs_by_stacks.values()
        if len(pairs) >= _MIN_LINES
    ]


def split_at_gutters(
    segments: Iterable[LineSegment], gutters: Sequence[Gutter], line_height: float
) -> list[LineSegment]:
    """Return the segments, split where an engine read a line across a gutter."""
    parts: list[LineSegment] = []
    for segment in segments:
        indexes = {n for gutter in gutters if (n := gutter.find_split_index(segment, line_height)) is not None}
        parts += segment.split_at(sorted(indexes))
    return parts


def extend_gutter(
    gutter: Gutter, segments: Sequence[LineSegment], running_text: Sequence[LineSegment], line_height: float
) -> Gutter:
    """Return the gutter, extended upwards and downwards to the first and the last line of `running_text`.

    It ends earlier if one of `segments` crosses it. A segment that can be split at the gutter does not count as
    crossing. `running_text` contains those of `segments` that are lines of running text.
    """
    endless_gutter = replace(gutter, top=float("-inf"), bottom=float("inf"))
    crossing = [
        segment
        for segment in segments
        if endless_gutter.is_crossed_by(segment, line_height)
        and endless_gutter.find_split_index(segment, line_height) is None
    ]
    center_y = (gutter.top + gutter.bottom) / 2
    upper_limit = max(
        (segment.bottom for segment in crossing if segment.center_y < center_y), default=endless_gutter.top
    )
    lower_limit = min(
        (segment.top for segment in crossing if segment.center_y >= center_y), default=endless_gutter.bottom
    )
    segments_between = [segment for segment in running_text if upper_limit <= segment.center_y <= lower_limit]
    top = max(upper_limit, min((segment.top for segment in segments_between), default=gutter.top))
    bottom = min(lower_limit, max((segment.bottom for segment in segments_between), default=gutter.bottom))
    return replace(gutter, top=top, bottom=bottom)


def _build_stacks(count: int, lower_neighbours: Mapping[int, int]) -> list[list[int]]:
    """Return chains of lower neighbours, each from top to bottom. Each of the `count` segments is in one chain."""
    stacks = []
    for start in set(range(count)) - set(lower_neighbours.values()):
        stack = [start]
        while stack[-1] in lower_neighbours:
            stack.append(lower_neighbours[stack[-1]])
        stacks.append(stack)
    return stacks


def _select_running_text(segments: Sequence[LineSegment], stack: Sequence[int]) -> Iterator[int]:
    """Yield the lines of running text in a stack.

    Each window of a few lines is judged on its own, because a stack can begin with a heading. A line in several windows
    is yielded several times.
    """
    word_counts = [_count_words(segments[index]) for index in stack]
    widths = [segments[index].right - segments[index].left for index in stack]
    for start in range(max(1, len(stack) - _WINDOW + 1)):
        window = slice(start, start + _WINDOW)
        if _is_running_text(word_counts[window], widths[window]):
            yield from stack[window]


def _is_running_text(word_counts: Sequence[int], widths: Sequence[float]) -> bool:
    return (
        len(word_counts) >= _MIN_LINES
        and median(word_counts) >= _MIN_WORDS
        and median(widths) >= _MIN_WIDTH_SHARE * max(widths)
    )


def _count_words(line: LineSegment) -> int:
    """Return the number of words with more than one letter.

    For an entry of an index, return the number of words that is enough for running text.
    """
    if _is_index_entry(line.text):
        return _MIN_WORDS
    return sum(sum(map(str.isalpha, word)) > 1 for word in line.text.split())


def _is_index_entry(text: str) -> bool:
    """Return whether the text ends with leader dots and a page number, so that it is a complete line of a column."""
    text_before = text.rstrip("0123456789")
    if text_before == text:
        return False
    dots = "".join(text_before.split())[-_MIN_LEADER_DOTS:]
    return len(dots) == _MIN_LEADER_DOTS and set(dots) <= set(".\u2026") and any(map(str.isalpha, text_before))


def _build_gutter(pairs: Sequence[tuple[LineSegment, LineSegment]]) -> Gutter:
    """Return the gutter between two columns. Each pair has a segment of the left column and its right neighbour."""
    segments = [segment for pair in pairs for segment in pair]
    left, right = max(a.right for a, _ in pairs), min(b.left for _, b in pairs)
    top, bottom = min(segment.top for segment in segments), max(segment.bottom for segment in segments)
    return Gutter((left + right) / 2, right, top, bottom)

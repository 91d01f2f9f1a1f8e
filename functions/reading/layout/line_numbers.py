"""Find line numbers in the margin of running text, as in transcripts and laws. They are not part of the text."""

from collections.abc import Iterator, Mapping, Sequence

from functions.reading.layout.gutters import Gutter, extend_gutter
from functions.reading.layout.segments import LineSegment

#: The smallest number of numbered lines. A shorter series can number chapters or invoice items, as part of the text.
_MIN_LINES = 10
#: The largest number of digits of a line number.
_MAX_DIGITS = 9
#: The largest number of successive line numbers that an engine may have missed.
_MAX_MISSING = 2
#: The largest deviation of a number from the column of numbers, and from their regular distance, in line heights.
_MAX_DEVIATION = 0.5
#: The smallest share of lines that begin with a lower-case letter. In lists, fewer entries do so.
_MIN_LOWER_CASE_STARTS = 0.15
#: The smallest share of lines that end in a word. In tables, fewer rows do so.
_MIN_WORD_ENDS = 0.8


def find_number_gutters(
    segments: Sequence[LineSegment], right_neighbours: Mapping[int, int], line_height: float
) -> Iterator[Gutter]:
    """Yield the gutters between line numbers and the numbered lines on their right."""
    row_starts = set(range(len(segments))) - set(right_neighbours.values())
    numbers = [index for index in row_starts if _is_number(segments[index])]
    numbers.sort(key=lambda index: segments[index].center_y)
    for run in _split_runs(numbers, segments, line_height):
        lines = [_collect_row(index, right_neighbours) for index in run if index in right_neighbours]
        if len(lines) >= _MIN_LINES and _contains_sentences([[segments[n] for n in line] for line in lines]):
            left_edge = max(segments[index].right for index in run)
            right_edge = min(segments[first].left for first, *_ in lines)
            top, bottom = segments[run[0]].top, segments[run[-1]].bottom
            gutter = Gutter((left_edge + right_edge) / 2, right_edge, top, bottom)
            yield extend_gutter(gutter, segments, segments, line_height)


def _collect_row(number_index: int, right_neighbours: Mapping[int, int]) -> list[int]:
    """Return the indexes of all segments on the right of a number, from left to right."""
    row = [right_neighbours[number_index]]
    while row[-1] in right_neighbours:
        row.append(right_neighbours[row[-1]])
    return row


def _is_number(segment: LineSegment) -> bool:
    return segment.text.isdecimal() and len(segment.text) <= _MAX_DIGITS


def _split_runs(numbers: Sequence[int], segments: Sequence[LineSegment], line_height: float) -> Iterator[list[int]]:
    """Yield runs of successive line numbers. `numbers` are indexes of segments, from top to bottom."""
    run: list[int] = []
    for index in numbers:
        if run and not _is_next_number([segments[earlier] for earlier in run[-2:]], segments[index], line_height):
            yield run
            run = []
        run.append(index)
    yield run


def _is_next_number(run: Sequence[LineSegment], segment: LineSegment, line_height: float) -> bool:
    """Return whether the segment continues a run of line numbers by its value, its column and its distance.

    `run` contains the last number of the run, and the number before it if there is one.
    """
    last = run[-1]
    steps = int(segment.text) - int(last.text)
    deviation = min(abs(segment.left - last.left), abs(segment.right - last.right))
    if not 1 <= steps <= _MAX_MISSING + 1 or deviation > _MAX_DEVIATION * line_height:
        return False
    usual_distance = (last.center_y - run[0].center_y) / max(1, int(last.text) - int(run[0].text))
    distance = (segment.center_y - last.center_y) / steps
    return len(run) == 1 or abs(distance - usual_distance) <= _MAX_DEVIATION * line_height


def _contains_sentences(lines: Sequence[Sequence[LineSegment]]) -> bool:
    """Return whether enough lines begin with a lower-case letter, and enough lines end in a word."""
    lower_case_starts = sum(first.text[:1].islower() for first, *_ in lines)
    word_ends = sum(any(map(str.isalpha, last.text)) for *_, last in lines)
    return lower_case_starts >= _MIN_LOWER_CASE_STARTS * len(lines) and word_ends >= _MIN_WORD_ENDS * len(lines)

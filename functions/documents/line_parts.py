"""Merge parts of a line. Some programs write a line letter by letter, or its words in any order."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from functions.documents.model import PositionedText

#: The words of a line, or of a part of a line.
LineWords = tuple[PositionedText, ...]

# All distances are multiples of the line height.
#: The largest overlap and the largest gap between neighbouring parts of a line.
_MAX_OVERLAP, _MAX_GAP = 0.3, 0.6
#: Parts with a smaller gap are one word: every space is wider.
_MAX_GAP_IN_WORD = 0.1
#: Parts of a line have the same size: they share at least this part of their common height.
_SHARED_HEIGHT = 0.7
#: A horizontal line is at most this many times as high as its words.
_MAX_LINE_HEIGHT = 1.5
#: A row with more parts than this is not a line of text, so its parts are not merged.
_MAX_PARTS = 200


def merge_line_parts(lines: Sequence[LineWords]) -> tuple[LineWords, ...]:
    """Return the lines with the parts of each line merged, ordered by the first word of each line in the input."""
    positions = {id(line[0]): number for number, line in enumerate(lines)}
    separated = {(id(a[-1]), id(b[0])) for a, b in pairwise(lines) if not b[0].no_space_before}
    merged: list[tuple[int, LineWords]] = []
    for row in _group_rows(lines):
        groups = _group_parts(row)
        merged += [(min(positions[id(part[0])] for part in parts), _merge_parts(parts, separated)) for parts in groups]
    return tuple(line for _, line in sorted(merged, key=lambda numbered: numbered[0]))


def _group_rows(lines: Sequence[LineWords]) -> Iterator[list[LineWords]]:
    """Yield rows of horizontal lines with the same vertical position and height. Other lines are rows of their own."""
    row: list[LineWords] = []
    for line in sorted(lines, key=_get_center_y):
        if row and not (_has_same_height(row[0], line) and _is_horizontal(line) and _is_horizontal(row[0])):
            yield row
            row = []
        row.append(line)
    if row:
        yield row


@dataclass
class _PartGroup:
    """Parts of one line, from left to right. Another part can belong to it if it starts left of `max_left`."""

    parts: list[LineWords]
    max_left: float

    @classmethod
    def from_part(cls, part: LineWords) -> "_PartGroup":
        return cls([part], _get_right(part) + _MAX_GAP * _measure_height(part))

    def add_if_fitting(self, part: LineWords) -> bool:
        """Add the part if it belongs to the line, and return whether it does."""
        if part[0].left >= self.max_left or not _are_one_line([*self.parts, part]):
            return False
        self.parts.append(part)
        self.max_left = max(self.max_left, _get_right(part) + _MAX_GAP * _measure_height(self.parts[0]))
        return True


def _group_parts(row: Sequence[LineWords]) -> list[list[LineWords]]:
    """Return the parts of each line in a row, from left to right."""
    parts = sorted(row, key=_get_left)
    if len(row) > _MAX_PARTS:
        return [[part] for part in parts]
    groups: list[_PartGroup] = []
    for part in parts:
        if not any(group.add_if_fitting(part) for group in reversed(groups)):
            groups.append(_PartGroup.from_part(part))
    return [group.parts for group in groups]


def _are_one_line(parts: Sequence[LineWords]) -> bool:
    """Return whether the words of each part are beside the words of other parts, or in the gaps between them."""
    height = _measure_height(parts[0])
    return all(
        -_MAX_OVERLAP * height < b.left - a.right and (same_part or b.left - a.right < _MAX_GAP * height)
        for a, b, same_part in _iterate_neighbours(parts)
    )


def _merge_parts(parts: Sequence[LineWords], separated: AbstractSet[tuple[int, int]]) -> LineWords:
    """Return one line with the words of all parts.

    `separated` contains pairs of words with white space between them in the document. They are not joined, even if the
    white space has no width.
    """
    if len(parts) == 1:
        return parts[0]
    max_gap = _MAX_GAP_IN_WORD * _measure_height(parts[0])
    words = [min((part[0] for part in parts), key=lambda word: word.left)]
    for a, b, same_part in _iterate_neighbours(parts):
        if not same_part and b.left - a.right < max_gap and (id(a), id(b)) not in separated:
            words[-1] = _join_words(words[-1], b)
        else:
            words.append(b if same_part else b._replace(no_space_before=False))
    return tuple(words)


def _iterate_neighbours(parts: Sequence[LineWords]) -> Iterator[tuple[PositionedText, PositionedText, bool]]:
    """Yield each word with the next one, from left to right, and whether both are in the same part."""
    numbered = [(word, number) for number, part in enumerate(parts) for word in part]
    ordered = sorted(numbered, key=lambda pair: pair[0].left)
    return ((a, b, part_of_a == part_of_b) for (a, part_of_a), (b, part_of_b) in pairwise(ordered))


def _join_words(a: PositionedText, b: PositionedText) -> PositionedText:
    return PositionedText(
        a.text + b.text,
        min(a.left, b.left),
        min(a.top, b.top),
        max(a.right, b.right),
        max(a.bottom, b.bottom),
        a.no_space_before,
    )


def _has_same_height(a: LineWords, b: LineWords) -> bool:
    """Return whether the lines share most of their common vertical range."""
    (top_a, bottom_a), (top_b, bottom_b) = _get_vertical_range(a), _get_vertical_range(b)
    shared = min(bottom_a, bottom_b) - max(top_a, top_b)
    return shared >= _SHARED_HEIGHT * max(bottom_a - top_a, bottom_b - top_b)


def _is_horizontal(line: LineWords) -> bool:
    """Return whether the line runs from left to right and is not slanted."""
    top, bottom = _get_vertical_range(line)
    return bottom - top <= _MAX_LINE_HEIGHT * _measure_height(line) and all(a.left <= b.left for a, b in pairwise(line))


def _get_vertical_range(line: LineWords) -> tuple[float, float]:
    return min(word.top for word in line), max(word.bottom for word in line)


def _get_left(line: LineWords) -> float:
    return line[0].left


def _get_right(line: LineWords) -> float:
    return max(word.right for word in line)


def _get_center_y(line: LineWords) -> float:
    return sum(_get_vertical_range(line)) / 2


def _measure_height(line: LineWords) -> float:
    """Return the median height of the words."""
    return median(word.bottom - word.top for word in line)

"""Merge the parts of a line. Some programs write a line letter by letter, or its words in an arbitrary order."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from functions.documents.model import PositionedText

#: The words of a line, or of a part of a line.
LineWords = tuple[PositionedText, ...]

# All distances are multiples of the line height, unless the comment says otherwise.
#: The largest overlap and the largest gap between neighbouring parts of a line.
_MAX_OVERLAP, _MAX_GAP = 0.3, 0.6
#: The largest gap between parts of a word. Every space between words is wider.
_MAX_GAP_IN_WORD = 0.1
#: The smallest vertical overlap of parts of a line, as a share of the larger height.
_SHARED_HEIGHT = 0.7
#: The largest height of a horizontal line, as a multiple of the height of its words.
_MAX_LINE_HEIGHT = 1.5
#: A row with more parts than this is not a line of text, so its parts are not merged.
_MAX_PARTS = 200


def merge_line_parts(lines: Sequence[LineWords]) -> tuple[LineWords, ...]:
    """Return the lines after the merge of their parts. Each line has the position of its first part in the input."""
    positions = {id(line[0]): position for position, line in enumerate(lines)}
    separated = {
        (id(line[-1]), id(next_line[0])) for line, next_line in pairwise(lines) if not next_line[0].no_space_before
    }
    positioned_lines: list[tuple[int, LineWords]] = []
    for row in _group_rows(lines):
        groups = _group_parts(row)
        positioned_lines += [
            (min(positions[id(part[0])] for part in parts), _merge_parts(parts, separated)) for parts in groups
        ]
    return tuple(line for _, line in sorted(positioned_lines, key=lambda positioned: positioned[0]))


def _group_rows(lines: Sequence[LineWords]) -> Iterator[list[LineWords]]:
    """Yield rows of horizontal lines with the same vertical position and height. Any other line is a row by itself."""
    row: list[LineWords] = []
    for line in sorted(lines, key=_get_center_y):
        if row and not (_has_same_vertical_range(row[0], line) and _is_horizontal(line) and _is_horizontal(row[0])):
            yield row
            row = []
        row.append(line)
    if row:
        yield row


@dataclass
class _PartGroup:
    """Parts of one line, from left to right. A further part must begin left of `max_left`."""

    parts: list[LineWords]
    max_left: float

    @classmethod
    def from_part(cls, part: LineWords) -> "_PartGroup":
        return cls([part], _get_right(part) + _MAX_GAP * _measure_height(part))

    def add_if_fitting(self, part: LineWords) -> bool:
        """Add the part and return True if it belongs to the line. Return False otherwise."""
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
    """Return whether neighbouring words do not overlap, and words of different parts have no wide gap between them."""
    height = _measure_height(parts[0])
    return all(
        -_MAX_OVERLAP * height < right.left - left.right
        and (is_same_part or right.left - left.right < _MAX_GAP * height)
        for left, right, is_same_part in _iterate_neighbours(parts)
    )


def _merge_parts(parts: Sequence[LineWords], separated: AbstractSet[tuple[int, int]]) -> LineWords:
    """Return one line with the words of all parts.

    `separated` contains the ids of pairs of words with white space between them in the document. Two words in such a
    pair are not joined, even if the white space has no width.
    """
    if len(parts) == 1:
        return parts[0]
    max_gap = _MAX_GAP_IN_WORD * _measure_height(parts[0])
    words = [min((part[0] for part in parts), key=lambda word: word.left)]
    for left, right, is_same_part in _iterate_neighbours(parts):
        if not is_same_part and right.left - left.right < max_gap and (id(left), id(right)) not in separated:
            words[-1] = _join_words(words[-1], right)
        else:
            words.append(right if is_same_part else right._replace(no_space_before=False))
    return tuple(words)


def _iterate_neighbours(parts: Sequence[LineWords]) -> Iterator[tuple[PositionedText, PositionedText, bool]]:
    """Yield each word and the next word to its right, and whether the two words are in the same part."""
    words = [(word, part_index) for part_index, part in enumerate(parts) for word in part]
    words.sort(key=lambda pair: pair[0].left)
    return ((left, right, index == next_index) for (left, index), (right, next_index) in pairwise(words))


def _join_words(left: PositionedText, right: PositionedText) -> PositionedText:
    return PositionedText(
        left.text + right.text,
        min(left.left, right.left),
        min(left.top, right.top),
        max(left.right, right.right),
        max(left.bottom, right.bottom),
        left.no_space_before,
    )


def _has_same_vertical_range(line: LineWords, other: LineWords) -> bool:
    """Return whether two lines have nearly the same vertical range."""
    (top, bottom), (other_top, other_bottom) = _get_vertical_range(line), _get_vertical_range(other)
    shared_height = min(bottom, other_bottom) - max(top, other_top)
    return shared_height >= _SHARED_HEIGHT * max(bottom - top, other_bottom - other_top)


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

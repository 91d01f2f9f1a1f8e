"""Align the words of two readings of a page: find the words at the same position on the page.

Words are aligned by position, because engines may read columns in different order. If one reading has no positions,
words are aligned by order. Words without a position are aligned with equal words that have no partner yet.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from statistics import median
from typing import NamedTuple

from functions.engine.consensus.tokenization import Token
from functions.reading.reading import Box

#: Words match if they share more than this part of the smaller box. Neighbouring words whose letters touch share less.
_MIN_SHARED_PART = 0.5
#: The largest height of a word, as a multiple of the median height.
_MAX_RELATIVE_HEIGHT = 8


class AlignedPair(NamedTuple):
    """Indexes of the tokens at one position in the first and in the second reading. One of the tuples may be empty."""

    first: tuple[int, ...]
    second: tuple[int, ...]


def align_tokens(first: Sequence[Token], second: Sequence[Token]) -> list[AlignedPair]:
    """Return pairs that contain each token of both readings exactly once. All boxes must have the same coordinates."""
    first_boxes, second_boxes = _collect_boxes(first), _collect_boxes(second)
    if not first_boxes or not second_boxes:
        return _align_by_order([token.text for token in first], [token.text for token in second])
    pairs = _align_by_position(first_boxes, second_boxes)
    return [*pairs, *_align_remaining(pairs, first, second)]


def _collect_boxes(tokens: Sequence[Token]) -> dict[int, Box]:
    """Return the boxes of tokens by index, without boxes that are too high for a word.

    A frame that an engine read as a letter would overlap all words inside the frame.
    """
    boxes = {index: token.word.box for index, token in enumerate(tokens) if token.word}
    max_height = _MAX_RELATIVE_HEIGHT * median([bottom - top for _, top, _, bottom in boxes.values()] or [0])
    return {index: box for index, box in boxes.items() if box[3] - box[1] <= max_height}


def _align_remaining(
    pairs: Sequence[AlignedPair], first: Sequence[Token], second: Sequence[Token]
) -> Iterator[AlignedPair]:
    """Yield pairs for the tokens that are in no pair yet. They are aligned by order, and only with equal texts."""
    first_unpaired = sorted(set(range(len(first))) - {index for pair in pairs for index in pair.first})
    second_unpaired = sorted(set(range(len(second))) - {index for pair in pairs for index in pair.second})
    first_texts = [first[index].text for index in first_unpaired]
    second_texts = [second[index].text for index in second_unpaired]
    for pair in _align_by_order(first_texts, second_texts):
        indexes = [first_unpaired[position] for position in pair.first]
        other_indexes = [second_unpaired[position] for position in pair.second]
        if [first[index].text for index in indexes] == [second[index].text for index in other_indexes]:
            yield AlignedPair(tuple(indexes), tuple(other_indexes))
        else:
            yield from (AlignedPair((index,), ()) for index in indexes)
            yield from (AlignedPair((), (index,)) for index in other_indexes)


def _align_by_order(first: Sequence[str], second: Sequence[str]) -> list[AlignedPair]:
    """Return the pairs that difflib finds in two sequences of words."""
    pairs = []
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if end - start == other_end - other_start:
            pairs += [AlignedPair((start + step,), (other_start + step,)) for step in range(end - start)]
        elif tag == "replace":
            pairs.append(AlignedPair(tuple(range(start, end)), tuple(range(other_start, other_end))))
        else:
            pairs += [AlignedPair((index,), ()) for index in range(start, end)]
            pairs += [AlignedPair((), (index,)) for index in range(other_start, other_end)]
    return pairs


def _align_by_position(first: Mapping[int, Box], second: Mapping[int, Box]) -> list[AlignedPair]:
    """Return pairs of words that overlap. A pair has several words of a reading if they overlap the same word."""
    groups = _DisjointSets()
    indexes_by_top = sorted(second, key=lambda index: second[index][1])
    tops = [second[index][1] for index in indexes_by_top]
    max_height = max(box[3] - box[1] for box in second.values())
    for index, box in first.items():
        # Only boxes whose top is within these rows can overlap this box.
        for other in indexes_by_top[bisect_left(tops, box[1] - max_height) : bisect_right(tops, box[3])]:
            if _compute_shared_part(box, second[other]) > _MIN_SHARED_PART:
                groups.join((False, index), (True, other))
    return [
        AlignedPair(
            tuple(sorted(index for is_second, index in members if not is_second)),
            tuple(sorted(index for is_second, index in members if is_second)),
        )
        for members in groups.list_groups()
    ]


#: Whether a token belongs to the second reading, and its index.
_Member = tuple[bool, int]


class _DisjointSets:
    """A union-find structure that groups tokens."""

    def __init__(self) -> None:
        self._parents: dict[_Member, _Member] = {}

    def join(self, member: _Member, other: _Member) -> None:
        self._parents[self._find_root(other)] = self._find_root(member)

    def list_groups(self) -> Iterable[list[_Member]]:
        groups: defaultdict[_Member, list[_Member]] = defaultdict(list)
        for member in self._parents:
            groups[self._find_root(member)].append(member)
        return groups.values()

    def _find_root(self, member: _Member) -> _Member:
        while (parent := self._parents.setdefault(member, member)) != member:
            member = parent
        return member


def _compute_shared_part(box: Box, other: Box) -> float:
    """Return the share of the smaller box that the larger box covers, from 0 to 1; 0 if a box is empty."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    smaller = min(_compute_area(box), _compute_area(other))
    return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0


def _compute_area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])

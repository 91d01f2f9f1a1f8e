"""Align the words of two readings of a page: find the words that were read from the same place.

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

#: Words match if they share more than this part of the smaller box. Neighbours that touch by a serif share less.
_MIN_SHARED_AREA = 0.5
#: A token that is more than this many times as high as the usual words is not a word.
_MAX_RELATIVE_HEIGHT = 8


class AlignedPair(NamedTuple):
    """Token indexes of the first and of the second reading that were read from the same place. One may be empty."""

    first: tuple[int, ...]
    second: tuple[int, ...]


def align_tokens(first: Sequence[Token], second: Sequence[Token]) -> list[AlignedPair]:
    """Return pairs that contain each token of both readings exactly once. Boxes must refer to the same page."""
    first_boxes, second_boxes = _collect_boxes(first), _collect_boxes(second)
    if not first_boxes or not second_boxes:
        return _align_by_order([token.text for token in first], [token.text for token in second])
    pairs = _align_by_position(first_boxes, second_boxes)
    return [*pairs, *_align_remaining(pairs, first, second)]


def _collect_boxes(tokens: Sequence[Token]) -> dict[int, Box]:
    """Return the boxes of tokens by index, without those that are too high for a word.

    A frame that was read as a letter would overlap all words inside it.
    """
    boxes = {index: token.word.box for index, token in enumerate(tokens) if token.word}
    max_height = _MAX_RELATIVE_HEIGHT * median([bottom - top for _, top, _, bottom in boxes.values()] or [0])
    return {index: box for index, box in boxes.items() if box[3] - box[1] <= max_height}


def _align_remaining(
    pairs: Sequence[AlignedPair], first: Sequence[Token], second: Sequence[Token]
) -> Iterator[AlignedPair]:
    """Yield pairs of the tokens that are in no pair yet: aligned by order, and only if their texts are equal."""
    rest = sorted(set(range(len(first))) - {index for pair in pairs for index in pair.first})
    other_rest = sorted(set(range(len(second))) - {index for pair in pairs for index in pair.second})
    for pair in _align_by_order([first[index].text for index in rest], [second[index].text for index in other_rest]):
        indexes, other_indexes = [rest[i] for i in pair.first], [other_rest[i] for i in pair.second]
        if [first[index].text for index in indexes] == [second[index].text for index in other_indexes]:
            yield AlignedPair(tuple(indexes), tuple(other_indexes))
        else:
            yield from (AlignedPair((index,), ()) for index in indexes)
            yield from (AlignedPair((), (index,)) for index in other_indexes)


def _align_by_order(first: Sequence[str], second: Sequence[str]) -> list[AlignedPair]:
    """Return the pairs of two word sequences, as a diff aligns them."""
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
    """Return groups of words that overlap. One word of an engine may overlap two words of the other."""
    groups = _DisjointSets()
    by_top = sorted(second, key=lambda index: second[index][1])
    tops = [second[index][1] for index in by_top]
    max_height = max(box[3] - box[1] for box in second.values())
    for index, box in first.items():
        # Only boxes whose top is within these rows can overlap this box.
        for other in by_top[bisect_left(tops, box[1] - max_height) : bisect_right(tops, box[3])]:
            if _compute_shared_area(box, second[other]) > _MIN_SHARED_AREA:
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
    """A union-find structure: groups of tokens that were joined."""

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


def _compute_shared_area(box: Box, other: Box) -> float:
    """Return the part of the smaller box that lies in the other one; 0 if a box is empty."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    smaller = min(_compute_area(box), _compute_area(other))
    return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0


def _compute_area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])

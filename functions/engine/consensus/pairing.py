"""Which words of two readings of a page stand for the same writing.

By their places, since two engines may have read the columns of a page in different order; by their order where one
reading knows no places. Words without a place are those that the other has as well, and nothing else stands for.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from statistics import median
from typing import NamedTuple

from functions.engine.consensus.tokens import Token
from functions.reading.reading import Box

# Of the smaller box: words that touch by a serif share less, one word in two halves shares all.
_SHARED = 0.5
# A word is at most so many times as high as the usual one.
_HIGHEST = 8


class Pair(NamedTuple):
    """Numbers of words of the first and of the second reading that stand for each other; one side may have none."""

    first: tuple[int, ...]
    second: tuple[int, ...]


def paired(first: Sequence[Token], second: Sequence[Token]) -> list[Pair]:
    """Every word of both in exactly one pair. Their places are on the same page."""
    here, there = _places(first), _places(second)
    if not here or not there:
        return _by_order([token.text for token in first], [token.text for token in second])
    pairs = _by_place(here, there)
    return [*pairs, *_left_over(pairs, first, second)]


def _places(tokens: Sequence[Token]) -> dict[int, Box]:
    """Less those of what is no word: a frame that was read as a letter shares its place with all words in it."""
    boxes = {number: token.word.box for number, token in enumerate(tokens) if token.word}
    highest = _HIGHEST * median([bottom - top for _, top, _, bottom in boxes.values()] or [0])
    return {number: box for number, box in boxes.items() if box[3] - box[1] <= highest}


def _left_over(pairs: Sequence[Pair], first: Sequence[Token], second: Sequence[Token]) -> Iterator[Pair]:
    mine = sorted(set(range(len(first))) - {number for pair in pairs for number in pair.first})
    its = sorted(set(range(len(second))) - {number for pair in pairs for number in pair.second})
    for pair in _by_order([first[number].text for number in mine], [second[number].text for number in its]):
        one, other = [mine[number] for number in pair.first], [its[number] for number in pair.second]
        if [first[number].text for number in one] == [second[number].text for number in other]:
            yield Pair(tuple(one), tuple(other))
        else:
            yield from (Pair((number,), ()) for number in one)
            yield from (Pair((), (number,)) for number in other)


def _by_order(first: Sequence[str], second: Sequence[str]) -> list[Pair]:
    pairs = []
    for tag, begin, end, other, last in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if end - begin == last - other:
            pairs += [Pair((begin + step,), (other + step,)) for step in range(end - begin)]
        elif tag == "replace":
            pairs.append(Pair(tuple(range(begin, end)), tuple(range(other, last))))
        else:
            pairs += [Pair((number,), ()) for number in range(begin, end)]
            pairs += [Pair((), (number,)) for number in range(other, last)]
    return pairs


def _by_place(first: Mapping[int, Box], second: Mapping[int, Box]) -> list[Pair]:
    """Words that share their place, with all that share theirs: one engine's word may be two of the other's."""
    groups = _Groups()
    downwards = sorted(second, key=lambda other: second[other][1])
    tops = [second[other][1] for other in downwards]
    tallest = max(box[3] - box[1] for box in second.values())
    for number, box in first.items():
        # Only what begins in these rows can reach into the box.
        for other in downwards[bisect_left(tops, box[1] - tallest) : bisect_right(tops, box[3])]:
            if _shared(box, second[other]) > _SHARED:
                groups.join((False, number), (True, other))
    return [
        Pair(
            tuple(sorted(number for theirs, number in members if not theirs)),
            tuple(sorted(number for theirs, number in members if theirs)),
        )
        for members in groups.members()
    ]


#: Whether it is of the second reading, and its number.
_Member = tuple[bool, int]


class _Groups:
    """Disjoint sets of what was joined."""

    def __init__(self) -> None:
        self._above: dict[_Member, _Member] = {}

    def join(self, one: _Member, other: _Member) -> None:
        self._above[self._top(other)] = self._top(one)

    def members(self) -> Iterable[list[_Member]]:
        found: defaultdict[_Member, list[_Member]] = defaultdict(list)
        for one in self._above:
            found[self._top(one)].append(one)
        return found.values()

    def _top(self, one: _Member) -> _Member:
        while (above := self._above.setdefault(one, one)) != one:
            one = above
        return one


def _shared(one: Box, other: Box) -> float:
    """The part of the smaller box that lies in the other; 0 for one without extent."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min(_area(one), _area(other))
    return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])

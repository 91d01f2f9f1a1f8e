"""Puts together what stands as one line and was written in parts: some programs write letter by letter, anyhow."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from functions.documents.model import Placed

Written = tuple[Placed, ...]

#: In line heights: parts of a line overlap by at most so much, are at most so far apart,
_OVERLAP, _SPACE = 0.3, 0.6
#: and are one word when closer than any space.
_TOUCH = 0.1
#: Parts of a line are of one size, which is to say that they share so much of their height.
_SHARED = 0.7
#: A line is level that is at most so many times as high as its words.
_LEVEL = 1.5
#: More parts than this, next to each other, are no line.
_MOST_PARTS = 200


def joined(lines: Sequence[Written]) -> tuple[Written, ...]:
    """The same words, of which some are now one, in lines that come in the order of their first words."""
    places = {id(line[0]): number for number, line in enumerate(lines)}
    spaced = {(id(a[-1]), id(b[0])) for a, b in pairwise(lines) if not b[0].glued}
    found: list[tuple[int, Written]] = []
    for row in _rows(lines):
        found += [(min(places[id(part[0])] for part in parts), _line(parts, spaced)) for parts in _parts(row)]
    return tuple(line for _, line in sorted(found, key=lambda numbered: numbered[0]))


def _rows(lines: Sequence[Written]) -> Iterator[list[Written]]:
    """Lines of one height and in one height; what is not level stays alone."""
    row: list[Written] = []
    for line in sorted(lines, key=_middle):
        if row and not (_beside(row[0], line) and _level(line) and _level(row[0])):
            yield row
            row = []
        row.append(line)
    if row:
        yield row


@dataclass
class _Group:
    """Parts of one line, from left to right; what comes next within `reach` of the left may be one of them."""

    parts: list[Written]
    reach: float

    @classmethod
    def of(cls, line: Written) -> "_Group":
        return cls([line], _right(line) + _SPACE * _height(line))

    def take(self, line: Written) -> bool:
        """Whether it is one of them, and from now on among them."""
        if line[0].left >= self.reach or not _fit([*self.parts, line]):
            return False
        self.parts.append(line)
        self.reach = max(self.reach, _right(line) + _SPACE * _height(self.parts[0]))
        return True


def _parts(row: Sequence[Written]) -> list[list[Written]]:
    """Which of them are parts of one line, from left to right."""
    if len(row) > _MOST_PARTS:
        return [[line] for line in sorted(row, key=_left)]
    found: list[_Group] = []
    for line in sorted(row, key=_left):
        if not any(group.take(line) for group in reversed(found)):
            found.append(_Group.of(line))
    return [group.parts for group in found]


def _fit(parts: Sequence[Written]) -> bool:
    """Whether the words of each stand in the gaps of the others, or next to them."""
    height = _height(parts[0])
    return all(
        -_OVERLAP * height < b.left - a.right and (own or b.left - a.right < _SPACE * height)
        for a, b, own in _neighbours(parts)
    )


def _line(parts: Sequence[Written], spaced: AbstractSet[tuple[int, int]]) -> Written:
    """The parts in one. `spaced` are words that follow each other with white space between them, where it is drawn."""
    if len(parts) == 1:
        return parts[0]
    touch = _TOUCH * _height(parts[0])
    found = [min((part[0] for part in parts), key=lambda word: word.left)]
    for a, b, own in _neighbours(parts):
        if not own and b.left - a.right < touch and (id(a), id(b)) not in spaced:
            found[-1] = _one(found[-1], b)
        else:
            found.append(b if own else b._replace(glued=False))
    return tuple(found)


def _neighbours(parts: Sequence[Written]) -> Iterator[tuple[Placed, Placed, bool]]:
    """Each word with the next one, from left to right, and whether they are of one part."""
    words = sorted(((word, number) for number, part in enumerate(parts) for word in part), key=lambda one: one[0].left)
    return ((a, b, own == other) for (a, own), (b, other) in pairwise(words))


def _one(a: Placed, b: Placed) -> Placed:
    return Placed(
        a.text + b.text,
        min(a.left, b.left),
        min(a.top, b.top),
        max(a.right, b.right),
        max(a.bottom, b.bottom),
        a.glued,
    )


def _beside(a: Written, b: Written) -> bool:
    (above, below), (top, bottom) = _reach(a), _reach(b)
    return min(below, bottom) - max(above, top) >= _SHARED * max(below - above, bottom - top)


def _level(line: Written) -> bool:
    """Whether it goes from left to right, neither turned nor aslant."""
    top, bottom = _reach(line)
    return bottom - top <= _LEVEL * _height(line) and all(a.left <= b.left for a, b in pairwise(line))


def _reach(line: Written) -> tuple[float, float]:
    return min(word.top for word in line), max(word.bottom for word in line)


def _left(line: Written) -> float:
    return line[0].left


def _right(line: Written) -> float:
    return max(word.right for word in line)


def _middle(line: Written) -> float:
    return sum(_reach(line)) / 2


def _height(line: Written) -> float:
    return median(word.bottom - word.top for word in line)

"""Gutters: what parts columns of running text, which rows must not be read across."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from functions.reading.layout.pieces import Extent, Piece

#: A column of running text has at least so many lines, with so many words of more than a letter in the usual one,
_LINES = 3
_WORDS = 3
#: which reaches over so much of the widest.
_FILL = 0.75
#: So many dots lead from an entry to its page.
_LEADING = 4
#: Lines that are looked at together.
_AROUND = 5
#: The space between two columns is wider than so many line heights,
_SPACE = 0.4
#: and a line begins within so many of where its column does.
_NEAR = 0.75


@dataclass(frozen=True, slots=True)
class Gutter:
    """From `top` to `bottom`, no row goes across `middle`; the column on its right begins at `right`."""

    middle: float
    right: float
    top: float
    bottom: float

    def crossed(self, piece: Piece, height: float) -> bool:
        return piece.left < self.middle - height and piece.right > self.middle + height

    def place(self, piece: Piece, height: float) -> int | None:
        """Where to cut a line that an engine took across: at the word with which the column on the right begins."""
        if not self.crossed(piece, height) or not self.top <= piece.middle <= self.bottom:
            return None
        starts = (n for n, a, b in piece.gaps() if b.left - a.right > _SPACE * height and self._begins(b, height))
        return next(starts, None)

    def _begins(self, word: Extent, height: float) -> bool:
        return abs(word.left - self.right) < _NEAR * height


def stacks(count: int, below: Mapping[int, int]) -> list[list[int]]:
    """Chains of pieces, from top to bottom."""
    chains = []
    for start in set(range(count)) - set(below.values()):
        chain = [start]
        while chain[-1] in below:
            chain.append(below[chain[-1]])
        chains.append(chain)
    return chains


def cut(pieces: Iterable[Piece], found: Sequence[Gutter], height: float) -> list[Piece]:
    """The pieces, without those that go across a gutter and need not."""
    parts: list[Piece] = []
    for piece in pieces:
        places = {place for gutter in found if (place := gutter.place(piece, height)) is not None}
        parts += piece.cut(sorted(places))
    return parts


def gutters(
    pieces: Sequence[Piece], beside: Mapping[int, int], below: Mapping[int, int], height: float
) -> list[Gutter]:
    """Where a column of running text stands beside another one."""
    found = stacks(len(pieces), below)
    stack_of = {index: n for n, stack in enumerate(found) for index in _running(pieces, stack)}
    facing: dict[tuple[int, int], list[tuple[Piece, Piece]]] = defaultdict(list)
    for a, b in beside.items():
        if a in stack_of and b in stack_of and stack_of[a] != stack_of[b]:
            facing[stack_of[a], stack_of[b]].append((pieces[a], pieces[b]))
    prose = [pieces[index] for index in stack_of]
    return [stretched(_between(pairs), pieces, prose, height) for pairs in facing.values() if len(pairs) >= _LINES]


def _running(pieces: Sequence[Piece], stack: Sequence[int]) -> Iterator[int]:
    """The lines of a stack that are running text, judged by their surroundings: a stack may begin with a headline."""
    spoken = [_spoken(pieces[index]) for index in stack]
    widths = [pieces[index].right - pieces[index].left for index in stack]
    for start in range(max(1, len(stack) - _AROUND + 1)):
        around = slice(start, start + _AROUND)
        if _runs(spoken[around], widths[around]):
            yield from stack[around]


def _runs(spoken: Sequence[int], widths: Sequence[float]) -> bool:
    """Whether lines with so many words, so wide, are running text."""
    return len(spoken) >= _LINES and median(spoken) >= _WORDS and median(widths) >= _FILL * max(widths)


def _spoken(line: Piece) -> int:
    """How many words a line has that are no numbers, units or marks; enough for an entry of an index."""
    if _is_entry(line.text):
        return _WORDS
    return sum(sum(map(str.isalpha, word)) > 1 for word in line.text.split())


def _is_entry(text: str) -> bool:
    """Whether dots lead to the number of a page: that is read to its end, whatever stands beside it."""
    before = text.rstrip("0123456789")
    if before == text:
        return False
    dots = "".join(before.split())[-_LEADING:]
    return len(dots) == _LEADING and set(dots) <= set(".\u2026") and any(map(str.isalpha, before))


def _between(pairs: Sequence[tuple[Piece, Piece]]) -> Gutter:
    both = [piece for pair in pairs for piece in pair]
    left, right = max(a.right for a, _ in pairs), min(b.left for _, b in pairs)
    return Gutter((left + right) / 2, right, min(piece.top for piece in both), max(piece.bottom for piece in both))


def stretched(gutter: Gutter, pieces: Sequence[Piece], prose: Sequence[Piece], height: float) -> Gutter:
    """Up and down along running text that stands near, as far as nothing crosses."""
    endless = replace(gutter, top=float("-inf"), bottom=float("inf"))
    crossing = [p for p in pieces if endless.crossed(p, height) and endless.place(p, height) is None]
    heart = (gutter.top + gutter.bottom) / 2
    ceiling = max((p.bottom for p in crossing if p.middle < heart), default=endless.top)
    floor = min((p.top for p in crossing if p.middle >= heart), default=endless.bottom)
    near = [p for p in prose if ceiling <= p.middle <= floor]
    top = max(ceiling, min((p.top for p in near), default=gutter.top))
    return replace(gutter, top=top, bottom=min(floor, max((p.bottom for p in near), default=gutter.bottom)))

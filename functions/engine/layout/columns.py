"""Gutters: what parts columns of running text, which rows must not be read across."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from functions.engine.layout.pieces import Piece

#: A column of running text has at least so many lines, with so many words in the usual one,
_LINES = 3
_WORDS = 3
#: which reaches over so much of the widest.
_FILL = 0.75


@dataclass(frozen=True, slots=True)
class Gutter:
    """From `top` to `bottom`, no row goes across `middle`."""

    middle: float
    top: float
    bottom: float


def stacks(count: int, below: Mapping[int, int]) -> list[list[int]]:
    """Chains of pieces, from top to bottom."""
    chains = []
    for start in set(range(count)) - set(below.values()):
        chain = [start]
        while chain[-1] in below:
            chain.append(below[chain[-1]])
        chains.append(chain)
    return chains


def gutters(
    pieces: Sequence[Piece], beside: Mapping[int, int], below: Mapping[int, int], height: float
) -> list[Gutter]:
    """Where a column of running text stands beside another one."""
    stack_of = {i: n for n, stack in enumerate(stacks(len(pieces), below)) if _runs(pieces, stack) for i in stack}
    members: dict[int, list[int]] = defaultdict(list)
    for index, stack in stack_of.items():
        members[stack].append(index)
    pairs = {(stack_of[a], stack_of[b]) for a, b in beside.items() if a in stack_of and b in stack_of}
    found = [_between([pieces[i] for i in members[a]], [pieces[i] for i in members[b]]) for a, b in pairs if a != b]
    prose = [pieces[i] for i in stack_of]
    return _merged([_stretched(gutter, pieces, prose, height) for gutter in found], height)


def _runs(pieces: Sequence[Piece], stack: Sequence[int]) -> bool:
    """Whether this is running text."""
    lines = [pieces[index] for index in stack]
    if len(lines) < _LINES or median(len(line.text.split()) for line in lines) < _WORDS:
        return False
    widths = sorted(line.right - line.left for line in lines)
    return median(widths) >= _FILL * widths[-1]


def _between(left: list[Piece], right: list[Piece]) -> Gutter:
    both = left + right
    middle = (max(piece.right for piece in left) + min(piece.left for piece in right)) / 2
    return Gutter(middle, min(piece.top for piece in both), max(piece.bottom for piece in both))


def _stretched(gutter: Gutter, pieces: Sequence[Piece], prose: Sequence[Piece], height: float) -> Gutter:
    """Up and down along running text that stands near, as far as nothing crosses."""
    crossing = [p for p in pieces if p.left < gutter.middle - height and p.right > gutter.middle + height]
    heart = (gutter.top + gutter.bottom) / 2
    ceiling = max((p.bottom for p in crossing if p.middle < heart), default=float("-inf"))
    floor = min((p.top for p in crossing if p.middle >= heart), default=float("inf"))
    near = [p for p in prose if ceiling <= p.middle <= floor]
    tops, bottoms = [p.top for p in near], [p.bottom for p in near]
    return Gutter(
        gutter.middle, max(ceiling, min(tops, default=gutter.top)), min(floor, max(bottoms, default=gutter.bottom))
    )


def _merged(found: list[Gutter], height: float) -> list[Gutter]:
    ordered = sorted(set(found), key=lambda gutter: (gutter.middle, gutter.top))
    return [a for a, b in pairwise([*ordered, None]) if a and not (b and _same(a, b, height))]


def _same(a: Gutter, b: Gutter, height: float) -> bool:
    return abs(a.middle - b.middle) < height / 2 and (a.top, a.bottom) == (b.top, b.bottom)

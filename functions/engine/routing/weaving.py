"""A reading with some of its words changed and some of another's put in, where those belong."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from functions.engine.routing.pairing import Pair
from functions.engine.routing.tokens import Token, around, normal
from functions.runtime.reading import Line, Reading, Word


@dataclass(frozen=True)
class Piece:
    """What becomes of a pair: `words` replace those of the reading, None leaves them; `text` is what then stands."""

    pair: Pair
    text: str
    words: tuple[Word, ...] | None = None
    changed: bool = False


@dataclass(frozen=True)
class Woven:
    """`starts` are the places of the pieces in the text: of what stands for them, or where it would stand."""

    text: str
    lines: tuple[Line, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True)
class _Bit:
    """A word or words of the result. `line` is a line of the reading, below 0 one that the other alone has."""

    piece: int
    text: str
    before: str
    line: int | None
    words: tuple[Word, ...]
    changed: bool


@dataclass
class _Inserted:
    """Numbers of pieces by the number of the word that they come before or after; `below` whose row they come."""

    before: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    after: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    below: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def woven(reading: Reading, own: Sequence[Token], others: Sequence[Token], pieces: Sequence[Piece]) -> Woven:
    """All pieces in the order of the reading, its white space kept."""
    bits = list(_bits(reading, own, others, pieces))
    text, starts = _text(bits, len(pieces))
    if not any(bit.changed for bit in bits):
        return Woven(reading.text, reading.lines, starts)
    tail = normal(reading.text)[own[-1].start + len(own[-1].text) :] if own else ""
    return Woven(text + tail, tuple(_lines(reading, bits)) if all(t.line is not None for t in own) else (), starts)


def _inserted(others: Sequence[Token], pieces: Sequence[Piece]) -> _Inserted:
    """Beside the word of the reading that the other read last before it in the same row, or else first after it."""
    at = {second: piece.pair.first for piece in pieces for second in piece.pair.second}
    there = _Inserted()
    for number, piece in enumerate(pieces):
        if piece.pair.first:
            continue
        mine = piece.pair.second[0]
        row = [one for one, token in enumerate(others) if token.row == others[mine].row and at[one]]
        earlier, later = [one for one in row if one < mine], [one for one in row if one > mine]
        if earlier:
            there.after[max(at[earlier[-1]])].append(number)
        elif later:
            there.before[min(at[later[0]])].append(number)
        else:
            above = next((one for one in range(mine, -1, -1) if at[one]), None)
            there.below[-1 if above is None else max(at[above])].append(number)
    return there


def _bits(reading: Reading, own: Sequence[Token], others: Sequence[Token], pieces: Sequence[Piece]) -> Iterator[_Bit]:
    there = _inserted(others, pieces)
    of = {number: piece for piece, one in enumerate(pieces) for number in one.pair.first}
    text, end = normal(reading.text), 0
    above = any(pieces[piece].text for piece in there.below[-1])
    yield from _rows(there.below[-1], others, pieces, "")
    below: list[int] = []
    for number, token in enumerate(own):
        before = "\n" if above and not number else text[end : token.start]
        end = token.start + len(token.text)
        for piece in there.before[number]:
            yield _bit(piece, pieces[piece], before, token.line)
            before = " " if pieces[piece].text else before
        yield _own(number, token, of[number], pieces[of[number]], before)
        yield from (_bit(piece, pieces[piece], " ", token.line) for piece in there.after[number])
        below += there.below[number]
        if number + 1 == len(own) or own[number + 1].row != token.row:
            yield from _rows(below, others, pieces, "\n")
            below = []


def _rows(numbers: Sequence[int], others: Sequence[Token], pieces: Sequence[Piece], before: str) -> Iterator[_Bit]:
    """Rows that the other alone has, as it has them; their lines are counted below 0."""
    row = None
    for number in numbers:
        its = others[pieces[number].pair.second[0]].row
        yield _bit(number, pieces[number], " " if its == row else before if row is None else "\n", -1 - its)
        row = its if pieces[number].text else row


def _bit(number: int, piece: Piece, before: str, line: int | None) -> _Bit:
    """Around a word that is left out there is no white space."""
    return _Bit(number, piece.text, before if piece.text else "", line, piece.words or (), piece.changed)


def _own(number: int, token: Token, at: int, piece: Piece, before: str) -> _Bit:
    """What stands for one word of the reading: itself, or, for the first word of its piece, what replaces them all."""
    if piece.words is None:
        return _Bit(at, token.text, before, token.line, (token.word,) if token.word else (), changed=False)
    if number == min(piece.pair.first):
        return _bit(at, piece, before, token.line)
    return _Bit(at, "", before, token.line, (), changed=True)


def _text(bits: Sequence[_Bit], pieces: int) -> tuple[str, tuple[int, ...]]:
    """Of white space around what has gone, that which parts rows stays."""
    text, waiting = "", ""
    starts = [0] * pieces
    told = set()
    for bit in bits:
        waiting = max(waiting, bit.before, key=lambda blank: (blank.count("\n"), len(blank)))
        if bit.piece not in told:
            told.add(bit.piece)
            starts[bit.piece] = len(text) + (len(waiting) if bit.text else 0)
        if bit.text:
            text, waiting = text + waiting + bit.text, ""
    return text, tuple(starts)


def _lines(reading: Reading, bits: Sequence[_Bit]) -> Iterator[Line]:
    for line, among in itertools.groupby(bits, key=lambda bit: bit.line):
        stands = [bit for bit in among if bit.text or bit.changed]
        text = " ".join(bit.text for bit in stands if bit.text)
        words = tuple(word for bit in stands for word in bit.words)
        complete = all(bit.words for bit in stands if bit.text)
        if line is None or not text:
            continue
        if line >= 0 and any(bit.changed for bit in stands):
            yield reading.lines[line].model_copy(update={"text": text, "words": words if complete else ()})
        elif line >= 0:
            yield reading.lines[line]
        elif complete:
            yield Line(text=text, box=around(words), words=words)

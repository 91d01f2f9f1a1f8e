"""A reading beside the truth, word by word, and inside words letter by letter."""

import itertools
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Levenshtein, Opcode

from local.evaluation.fates import moved_words
from local.evaluation.text import Side, Word, without_case

# Words that share less are two words, and letters marked inside them would be confetti.
_ALIKE = 0.5


class Mark(StrEnum):
    """What is to be said of a piece of text."""

    SAME = "same"
    LOST = "lost"  # in the truth, not read
    ADDED = "added"  # read, not in the truth
    GONE = "gone"  # in the truth, read elsewhere
    MOVED = "moved"  # read, in the truth elsewhere


@dataclass(frozen=True)
class Piece:
    mark: Mark
    text: str


def differences(truth: str, read: str) -> list[Piece]:
    """Both texts as one, in the lines of what was read. Without what is lost and gone, it is the text that was read."""
    wanted, got = Side.of(truth).words, Side.of(without_case(truth, read)).words
    steps = Levenshtein.opcodes([word.text for word in wanted], [word.text for word in got])
    same = [pair for step in steps if step.tag == "equal" for pair in zip(_src(step), _dest(step), strict=True)]
    gone, moved = moved_words(wanted, got, same)
    pieces: list[Piece] = []
    for step in steps:
        pieces += _step(step, wanted, got, (gone, moved))
    return _joined(pieces)


def _step(
    step: Opcode, wanted: Sequence[Word], got: Sequence[Word], elsewhere: tuple[AbstractSet[int], AbstractSet[int]]
) -> Iterator[Piece]:
    if step.tag == "equal":
        for number in _dest(step):
            yield Piece(Mark.SAME, _spaced(got, number))
        return
    for one, other in itertools.zip_longest(_src(step), _dest(step)):
        lost = None if one is None else _whole(wanted, one, elsewhere[0], (Mark.LOST, Mark.GONE))
        added = None if other is None else _whole(got, other, elsewhere[1], (Mark.ADDED, Mark.MOVED))
        if lost and added and lost.mark is Mark.LOST and added.mark is Mark.ADDED:
            yield from _word(lost.text.strip(), added.text)
        else:
            yield from (piece for piece in (lost, added) if piece)


def _whole(words: Sequence[Word], number: int, elsewhere: AbstractSet[int], marks: tuple[Mark, Mark]) -> Piece:
    text = words[number].text + " " if marks[0] is Mark.LOST else _spaced(words, number)
    return Piece(marks[number in elsewhere], text)


def _word(truth: str, read: str) -> Iterator[Piece]:
    """Two words that stand for each other; the second with the white space after it."""
    said = read.rstrip()
    if Levenshtein.normalized_similarity(truth, said) < _ALIKE:
        yield from (Piece(Mark.LOST, f"{truth} "), Piece(Mark.ADDED, read))
        return
    for step in Levenshtein.opcodes(truth, said):
        if step.tag == "equal":
            yield Piece(Mark.SAME, said[step.dest_start : step.dest_end])
            continue
        yield Piece(Mark.LOST, truth[step.src_start : step.src_end])
        yield Piece(Mark.ADDED, said[step.dest_start : step.dest_end])
    yield Piece(Mark.SAME, read[len(said) :])


def _spaced(words: Sequence[Word], number: int) -> str:
    """The word and the white space after it; lost words may follow the last one."""
    ends_line = number + 1 < len(words) and words[number + 1].line != words[number].line
    return words[number].text + ("\n" if ends_line else " ")


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    grouped = itertools.groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.mark)
    return [Piece(mark, "".join(piece.text for piece in among)) for mark, among in grouped]


def _src(step: Opcode) -> range:
    return range(step.src_start, step.src_end)


def _dest(step: Opcode) -> range:
    return range(step.dest_start, step.dest_end)

"""Differences between a reading and the truth, by words, and by letters inside similar words."""

import itertools
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Levenshtein, Opcode

from local.evaluation.text import TextSide, Word, match_case
from local.evaluation.word_alignment import find_moved_words

# Words with a lower similarity are shown as two words, because marks on many single letters are unreadable.
_ALIKE = 0.5


class ChangeKind(StrEnum):
    """The kind of a change."""

    SAME = "same"
    LOST = "lost"  # in the truth, not read
    ADDED = "added"  # read, not in the truth
    GONE = "gone"  # in the truth, read elsewhere
    MOVED = "moved"  # read, in the truth elsewhere


@dataclass(frozen=True)
class TextChange:
    kind: ChangeKind
    text: str


def compare_texts(truth: str, read: str) -> list[TextChange]:
    """Return both texts as one sequence of changes, in the lines of the read text.

    Without the changes LOST and GONE, the sequence is the read text.
    """
    wanted, got = TextSide.from_text(truth).words, TextSide.from_text(match_case(truth, read)).words
    steps = Levenshtein.opcodes([word.text for word in wanted], [word.text for word in got])
    same = [
        pair
        for step in steps
        if step.tag == "equal"
        for pair in zip(_get_truth_range(step), _get_read_range(step), strict=True)
    ]
    gone, moved = find_moved_words(wanted, got, same)
    pieces: list[TextChange] = []
    for step in steps:
        pieces += _compare_step(step, wanted, got, (gone, moved))
    return _merge_changes(pieces)


def _compare_step(
    step: Opcode, wanted: Sequence[Word], got: Sequence[Word], elsewhere: tuple[AbstractSet[int], AbstractSet[int]]
) -> Iterator[TextChange]:
    if step.tag == "equal":
        for number in _get_read_range(step):
            yield TextChange(ChangeKind.SAME, _append_whitespace(got, number))
        return
    for one, other in itertools.zip_longest(_get_truth_range(step), _get_read_range(step)):
        lost = None if one is None else _mark_word(wanted, one, elsewhere[0], (ChangeKind.LOST, ChangeKind.GONE))
        added = None if other is None else _mark_word(got, other, elsewhere[1], (ChangeKind.ADDED, ChangeKind.MOVED))
        if lost and added and lost.kind is ChangeKind.LOST and added.kind is ChangeKind.ADDED:
            yield from _compare_letters(lost.text.strip(), added.text)
        else:
            yield from (piece for piece in (lost, added) if piece)


def _mark_word(
    words: Sequence[Word], number: int, elsewhere: AbstractSet[int], marks: tuple[ChangeKind, ChangeKind]
) -> TextChange:
    text = words[number].text + " " if marks[0] is ChangeKind.LOST else _append_whitespace(words, number)
    return TextChange(marks[number in elsewhere], text)


def _compare_letters(truth: str, read: str) -> Iterator[TextChange]:
    """Yield the changes between two corresponding words. `read` includes the white space after the word."""
    word = read.rstrip()
    if Levenshtein.normalized_similarity(truth, word) < _ALIKE:
        yield from (TextChange(ChangeKind.LOST, f"{truth} "), TextChange(ChangeKind.ADDED, read))
        return
    for step in Levenshtein.opcodes(truth, word):
        if step.tag == "equal":
            yield TextChange(ChangeKind.SAME, word[step.dest_start : step.dest_end])
            continue
        yield TextChange(ChangeKind.LOST, truth[step.src_start : step.src_end])
        yield TextChange(ChangeKind.ADDED, word[step.dest_start : step.dest_end])
    yield TextChange(ChangeKind.SAME, read[len(word) :])


def _append_whitespace(words: Sequence[Word], number: int) -> str:
    """Return a word with the white space after it. The last word has a space too, because lost words may follow."""
    ends_line = number + 1 < len(words) and words[number + 1].line != words[number].line
    return words[number].text + ("\n" if ends_line else " ")


def _merge_changes(pieces: Sequence[TextChange]) -> list[TextChange]:
    grouped = itertools.groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.kind)
    return [TextChange(mark, "".join(piece.text for piece in among)) for mark, among in grouped]


def _get_truth_range(step: Opcode) -> range:
    return range(step.src_start, step.src_end)


def _get_read_range(step: Opcode) -> range:
    return range(step.dest_start, step.dest_end)

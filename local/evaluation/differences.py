"""Differences between a read text and the true text: word by word, and letter by letter within similar words."""

import itertools
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Levenshtein, Opcode

from local.evaluation.text import TextSide, Word, match_case
from local.evaluation.word_alignment import find_moved_words

# The minimum similarity, from 0 to 1, of two words whose differences are marked letter by letter. Less similar words
# are marked as whole words, because marks on many single letters would be unreadable.
_MIN_SIMILARITY = 0.5


class ChangeKind(StrEnum):
    """The relation of a part of a text to the other text. The truth is the true text."""

    SAME = "same"  # in the truth, and read at the same position
    LOST = "lost"  # in the truth, not read
    ADDED = "added"  # read, not in the truth
    GONE = "gone"  # in the truth at this position, but read at another position
    MOVED = "moved"  # read at this position, but in the truth at another position


@dataclass(frozen=True)
class TextChange:
    """A part of the read text or of the true text, with its relation to the other text."""

    kind: ChangeKind
    text: str


def compare_texts(truth: str, read_text: str) -> list[TextChange]:
    """Return the read text and the true text as one sequence of changes, with the line breaks of the read text.

    The changes LOST and GONE are from the true text only. Without them, the sequence is the read text, normalized as in
    TextSide and with its case matched by `match_case`.
    """
    true_words, read_words = TextSide.from_text(truth).words, TextSide.from_text(match_case(truth, read_text)).words
    operations = Levenshtein.opcodes([word.text for word in true_words], [word.text for word in read_words])
    unchanged_pairs = [
        pair
        for operation in operations
        if operation.tag == "equal"
        for pair in zip(_get_truth_range(operation), _get_read_range(operation), strict=True)
    ]
    gone_numbers, moved_numbers = find_moved_words(true_words, read_words, unchanged_pairs)
    changes: list[TextChange] = []
    for operation in operations:
        changes += _compare_words(operation, true_words, read_words, (gone_numbers, moved_numbers))
    return _merge_changes(changes)


def _compare_words(
    operation: Opcode,
    true_words: Sequence[Word],
    read_words: Sequence[Word],
    displaced_numbers: tuple[AbstractSet[int], AbstractSet[int]],
) -> Iterator[TextChange]:
    """Yield the changes of one operation on words.

    `displaced_numbers` has the numbers of the GONE words in the truth and of the MOVED words in the read text.
    """
    if operation.tag == "equal":
        for number in _get_read_range(operation):
            yield TextChange(ChangeKind.SAME, _append_whitespace(read_words, number))
        return
    gone_numbers, moved_numbers = displaced_numbers
    for true_number, read_number in itertools.zip_longest(_get_truth_range(operation), _get_read_range(operation)):
        lost = added = None
        if true_number is not None:
            lost = _create_change(true_words, true_number, gone_numbers, (ChangeKind.LOST, ChangeKind.GONE))
        if read_number is not None:
            added = _create_change(read_words, read_number, moved_numbers, (ChangeKind.ADDED, ChangeKind.MOVED))
        if lost and added and lost.kind is ChangeKind.LOST and added.kind is ChangeKind.ADDED:
            yield from _compare_letters(lost.text.strip(), added.text)
        else:
            yield from (change for change in (lost, added) if change)


def _create_change(
    words: Sequence[Word], number: int, displaced_numbers: AbstractSet[int], kinds: tuple[ChangeKind, ChangeKind]
) -> TextChange:
    """Return the change for one word of a text.

    `kinds` has the kind of a word that the other text lacks, and the kind of a word in `displaced_numbers`, which the
    other text has at another position.
    """
    text = words[number].text + " " if kinds[0] is ChangeKind.LOST else _append_whitespace(words, number)
    return TextChange(kinds[number in displaced_numbers], text)


def _compare_letters(truth: str, read_text: str) -> Iterator[TextChange]:
    """Yield the changes between two corresponding words. `read_text` ends with the white space after the word."""
    read_word = read_text.rstrip()
    if Levenshtein.normalized_similarity(truth, read_word) < _MIN_SIMILARITY:
        yield from (TextChange(ChangeKind.LOST, f"{truth} "), TextChange(ChangeKind.ADDED, read_text))
        return
    for operation in Levenshtein.opcodes(truth, read_word):
        if operation.tag == "equal":
            yield TextChange(ChangeKind.SAME, read_word[operation.dest_start : operation.dest_end])
            continue
        yield TextChange(ChangeKind.LOST, truth[operation.src_start : operation.src_end])
        yield TextChange(ChangeKind.ADDED, read_word[operation.dest_start : operation.dest_end])
    yield TextChange(ChangeKind.SAME, read_text[len(read_word) :])


def _append_whitespace(words: Sequence[Word], number: int) -> str:
    """Return a word with the white space after it: a line break if the word ends its line, or else a space.

    The last word of the text also gets a space, because lost words may come after it.
    """
    ends_line = number + 1 < len(words) and words[number + 1].line != words[number].line
    return words[number].text + ("\n" if ends_line else " ")


def _merge_changes(changes: Sequence[TextChange]) -> list[TextChange]:
    """Return the changes without empty changes. Adjacent changes of the same kind become one change."""
    grouped = itertools.groupby((change for change in changes if change.text), key=lambda change: change.kind)
    return [TextChange(kind, "".join(change.text for change in group)) for kind, group in grouped]


def _get_truth_range(operation: Opcode) -> range:
    return range(operation.src_start, operation.src_end)


def _get_read_range(operation: Opcode) -> range:
    return range(operation.dest_start, operation.dest_end)

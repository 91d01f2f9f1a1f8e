"""Words without a counterpart at the same position of the other text: moved words, missing words and missing lines."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum, auto

from rapidfuzz.distance import Editops

from local.evaluation.text import TextSide, Word


class Mismatch(Enum):
    """The reason why a word has no counterpart at the same position of the other text."""

    MOVED = auto()  # the other text has the word at another position
    LINE = auto()  # the other text has less than half of the word, and less than half of its line
    WORD = auto()  # the other text has less than half of the word, but at least half of its line


@dataclass(frozen=True)
class WordMismatches:
    """The mismatches of a text, by word number.

    `word_numbers` has the word number of each character position. A space has the number of the word after it. `spaces`
    are the positions of spaces.
    """

    word_numbers: Sequence[int]
    spaces: AbstractSet[int]
    by_word: Mapping[int, Mismatch]

    def find_mismatch(self, position: int) -> Mismatch | None:
        """Return the mismatch of the word at a position, or None if the word has a counterpart.

        For a space, return the mismatch of the word after it. If that word has a counterpart, return the mismatch of
        the word before the space.
        """
        number = self.word_numbers[position]
        mismatch = self.by_word.get(number)
        return mismatch or self.by_word.get(number - 1) if position in self.spaces else mismatch


def find_mismatches(true_side: TextSide, read_side: TextSide, edits: Editops) -> tuple[WordMismatches, WordMismatches]:
    """Return the mismatches of the truth and of the read text. `edits` turn the truth into the read text."""
    deleted_positions = {edit.src_pos for edit in edits if edit.tag == "delete"}
    inserted_positions = {edit.dest_pos for edit in edits if edit.tag == "insert"}
    moved_in_truth, moved_in_read = find_moved_words(
        true_side.words, read_side.words, _find_unmoved_pairs(true_side, read_side, edits)
    )
    truth_mismatches = _collect_mismatches(true_side, deleted_positions, moved_in_truth)
    return truth_mismatches, _collect_mismatches(read_side, inserted_positions, moved_in_read)


def find_moved_words(
    true_words: Sequence[Word], read_words: Sequence[Word], unmoved_pairs: Sequence[tuple[int, int]]
) -> tuple[AbstractSet[int], AbstractSet[int]]:
    """Return the numbers of the moved words in the truth and in the read text.

    A moved word is in both texts, but at different positions. `unmoved_pairs` has the words that are in both texts at
    the same position, as pairs of word numbers: first in the truth, then in the read text.
    """
    in_truth, in_read = {number for number, _ in unmoved_pairs}, {number for _, number in unmoved_pairs}
    unmatched: defaultdict[str, list[int]] = defaultdict(list)
    for number, word in enumerate(read_words):
        if number not in in_read:
            unmatched[word.text].append(number)
    pairs = []
    for number, word in enumerate(true_words):
        if number not in in_truth and (candidates := unmatched.get(word.text)):
            pairs.append((number, candidates.pop(0)))
    return {number for number, _ in pairs}, {number for _, number in pairs}


def _find_unmoved_pairs(true_side: TextSide, read_side: TextSide, edits: Editops) -> list[tuple[int, int]]:
    """Return the words that `edits` leave unchanged, as pairs of their numbers in the truth and in the read text."""
    numbers_by_span = {(word.start, word.end): number for number, word in enumerate(read_side.words)}
    # For each unchanged character of the truth: its position in the read text minus its position in the truth.
    shifts: dict[int, int] = {}
    for block in edits.as_matching_blocks():
        for position in range(block.a, block.a + block.size):
            shifts[position] = block.b - block.a
    unmoved_pairs = []
    for number, word in enumerate(true_side.words):
        word_shifts = {shifts.get(position) for position in range(word.start, word.end)}
        shift = word_shifts.pop()
        if word_shifts or shift is None:
            continue
        read_number = numbers_by_span.get((word.start + shift, word.end + shift))
        if read_number is not None:
            unmoved_pairs.append((number, read_number))
    return unmoved_pairs


def _collect_mismatches(
    side: TextSide, missing_positions: AbstractSet[int], moved_words: AbstractSet[int]
) -> WordMismatches:
    """Return the mismatches of one text. `missing_positions` are positions of characters that the other text lacks.

    A word or a line is missing if more than half of its letters are missing. Moved words do not count for their lines.
    """
    letter_counts: Counter[int] = Counter()
    missing_counts: Counter[int] = Counter()
    missing_words = set()
    for number, word in enumerate(side.words):
        if number in moved_words:
            continue
        missing_letters = sum(position in missing_positions for position in range(word.start, word.end))
        letter_counts[word.line] += word.end - word.start
        missing_counts[word.line] += missing_letters
        if missing_letters * 2 > word.end - word.start:
            missing_words.add(number)
    missing_lines = {line for line in letter_counts if missing_counts[line] * 2 > letter_counts[line]}
    mismatches = {
        number: Mismatch.LINE if side.words[number].line in missing_lines else Mismatch.WORD for number in missing_words
    }
    word_numbers = [number for number, word in enumerate(side.words) for _ in range(len(word.text) + (number > 0))]
    spaces = {word.start - 1 for word in side.words[1:]}
    return WordMismatches(word_numbers, spaces, mismatches | dict.fromkeys(moved_words, Mismatch.MOVED))

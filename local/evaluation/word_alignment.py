"""Words without a counterpart at their position: moved words, missing words and missing lines."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum, auto

from rapidfuzz.distance import Editops

from local.evaluation.text import TextSide, Word


class Mismatch(Enum):
    """The reason why a word has no counterpart at its position."""

    MOVED = auto()
    LINE = auto()  # most of its line is missing too
    WORD = auto()


@dataclass(frozen=True)
class WordMismatches:
    """Mismatches of a text. `owners` is the word number of each character; `blanks` are the positions of spaces."""

    owners: Sequence[int]
    blanks: AbstractSet[int]
    by_word: Mapping[int, Mismatch]

    def find_mismatch(self, place: int) -> Mismatch | None:
        """Return the mismatch of the word at a position. A space belongs to the next word, else to the previous one."""
        number = self.owners[place]
        mismatch = self.by_word.get(number)
        return mismatch or self.by_word.get(number - 1) if place in self.blanks else mismatch


def find_mismatches(truth: TextSide, read: TextSide, edits: Editops) -> tuple[WordMismatches, WordMismatches]:
    """Return the mismatches of the truth and of the read text."""
    removed = {edit.src_pos for edit in edits if edit.tag == "delete"}
    added = {edit.dest_pos for edit in edits if edit.tag == "insert"}
    moved, moved_here = find_moved_words(truth.words, read.words, _find_intact_words(truth, read, edits))
    return _collect_mismatches(truth, removed, moved), _collect_mismatches(read, added, moved_here)


def find_moved_words(
    truth: Sequence[Word], read: Sequence[Word], intact: Sequence[tuple[int, int]]
) -> tuple[AbstractSet[int], AbstractSet[int]]:
    """Return the numbers of words in different places of both texts. `intact` are word pairs in the same place."""
    in_truth, in_read = {one for one, _ in intact}, {one for _, one in intact}
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for number, word in enumerate(read):
        if number not in in_read:
            waiting[word.text].append(number)
    pairs = []
    for number, word in enumerate(truth):
        if number not in in_truth and (places := waiting.get(word.text)):
            pairs.append((number, places.pop(0)))
    return {one for one, _ in pairs}, {one for _, one in pairs}


def _find_intact_words(truth: TextSide, read: TextSide, edits: Editops) -> list[tuple[int, int]]:
    """Return the numbers of word pairs in which every letter is aligned."""
    numbers = {(word.start, word.end): number for number, word in enumerate(read.words)}
    shifts: dict[int, int] = {}
    for block in edits.as_matching_blocks():
        for place in range(block.a, block.a + block.size):
            shifts[place] = block.b - block.a
    found = []
    for number, word in enumerate(truth.words):
        shift = {shifts.get(place) for place in range(word.start, word.end)}
        by = shift.pop()
        if not shift and by is not None and (other := numbers.get((word.start + by, word.end + by))) is not None:
            found.append((number, other))
    return found


def _collect_mismatches(side: TextSide, gone: AbstractSet[int], moved: AbstractSet[int]) -> WordMismatches:
    """Collect the mismatches of one text. A word or line is missing if more than half of its letters are missing."""
    letters: Counter[int] = Counter()
    lost: Counter[int] = Counter()
    mostly_gone = set()
    for number, word in enumerate(side.words):
        if number in moved:
            continue
        missing = sum(place in gone for place in range(word.start, word.end))
        letters[word.line] += word.end - word.start
        lost[word.line] += missing
        if missing * 2 > word.end - word.start:
            mostly_gone.add(number)
    lines = {line for line in letters if lost[line] * 2 > letters[line]}
    found = {number: Mismatch.LINE if side.words[number].line in lines else Mismatch.WORD for number in mostly_gone}
    owners = [number for number, word in enumerate(side.words) for _ in range(len(word.text) + (number > 0))]
    blanks = {word.start - 1 for word in side.words[1:]}
    return WordMismatches(owners, blanks, found | dict.fromkeys(moved, Mismatch.MOVED))

"""What became of whole words: some are there, but elsewhere; of some, and of whole lines, hardly a letter is there."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum, auto

from rapidfuzz.distance import Editops

from local.evaluation.text import Side, Word


class Fate(Enum):
    """Of a word that has no counterpart where it should be."""

    MOVED = auto()
    LINE = auto()  # alone with most of its line
    WORD = auto()


@dataclass(frozen=True)
class Fates:
    """By place in the collapsed text: the word that is there, or begins after a blank; and by word, its fate if any."""

    owners: Sequence[int]
    blanks: AbstractSet[int]
    of_words: Mapping[int, Fate]

    def at(self, place: int) -> Fate | None:
        """A letter shares its word's fate; a blank that of the word after it, or else of the one before it."""
        number = self.owners[place]
        fate = self.of_words.get(number)
        return fate or self.of_words.get(number - 1) if place in self.blanks else fate


def fates(truth: Side, read: Side, edits: Editops) -> tuple[Fates, Fates]:
    """Of the truth's words, and of those that were read."""
    removed = {edit.src_pos for edit in edits if edit.tag == "delete"}
    added = {edit.dest_pos for edit in edits if edit.tag == "insert"}
    moved, moved_here = moved_words(truth.words, read.words, _intact(truth, read, edits))
    return _fates(truth, removed, moved), _fates(read, added, moved_here)


def moved_words(
    truth: Sequence[Word], read: Sequence[Word], intact: Sequence[tuple[int, int]]
) -> tuple[AbstractSet[int], AbstractSet[int]]:
    """Words that both have, but not in the same place, by their numbers; `intact` are those in the same place."""
    here, there = {one for one, _ in intact}, {one for _, one in intact}
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for number, word in enumerate(read):
        if number not in there:
            waiting[word.text].append(number)
    pairs = []
    for number, word in enumerate(truth):
        if number not in here and (places := waiting.get(word.text)):
            pairs.append((number, places.pop(0)))
    return {one for one, _ in pairs}, {one for _, one in pairs}


def _intact(truth: Side, read: Side, edits: Editops) -> list[tuple[int, int]]:
    """Words of both that were aligned letter by letter, by their numbers."""
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


def _fates(side: Side, gone: AbstractSet[int], moved: AbstractSet[int]) -> Fates:
    """A word is gone when more than half of its letters are, and a line when more than half of its letters are."""
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
    found = {number: Fate.LINE if side.words[number].line in lines else Fate.WORD for number in mostly_gone}
    owners = [number for number, word in enumerate(side.words) for _ in range(len(word.text) + (number > 0))]
    blanks = {word.start - 1 for word in side.words[1:]}
    return Fates(owners, blanks, found | dict.fromkeys(moved, Fate.MOVED))

"""How far a text is from the truth, in numbers that add up over pages and files."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from local.evaluation.classes import ErrorClass, classified
from local.evaluation.text import Side, without_case

#: What German texts lose first, and the sign that stands before their sums.
UMLAUTS = frozenset("äöüÄÖÜß€")


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Of one passage. `edits` turn what was read into the truth, one per character, and `classes` say of which kind.

    `found` are the truth's words that were read, wherever; umlauts are counted wherever they stand, too.
    """

    characters: int
    edits: int
    words: int
    word_edits: int
    found: int
    umlauts: int
    umlauts_lost: int
    umlauts_invented: int
    classes: Mapping[ErrorClass, int]

    @property
    def cer(self) -> float:
        """Character error rate, at most 1: what is wholly wrong is not made worse by being longer."""
        return _rate(self.edits, self.characters)

    @property
    def wer(self) -> float:
        """Word error rate, at most 1."""
        return _rate(self.word_edits, self.words)

    @property
    def recall(self) -> float:
        """Share of the truth's words that were read, in any order; 1 where there are none."""
        return self.found / self.words if self.words else 1.0


def measure(truth: str, read: str) -> Measures:
    """Compare NFC texts with white space collapsed; against a truth all in capitals, case does not count."""
    wanted, got = Side.of(truth), Side.of(without_case(truth, read))
    words, said = [word.text for word in wanted.words], [word.text for word in got.words]
    umlauts, there = _umlauts(wanted.text), _umlauts(got.text)
    classes = classified(wanted, got)
    return Measures(
        characters=len(wanted.text),
        edits=classes.total(),
        words=len(words),
        word_edits=Levenshtein.distance(words, said),
        found=(Counter(words) & Counter(said)).total(),
        umlauts=umlauts.total(),
        umlauts_lost=(umlauts - there).total(),
        umlauts_invented=(there - umlauts).total(),
        classes=dict(classes),
    )


def _umlauts(text: str) -> Counter[str]:
    return Counter(mark for mark in text if mark in UMLAUTS)


def _rate(wrong: int, of: int) -> float:
    return min(1.0, wrong / max(1, of))

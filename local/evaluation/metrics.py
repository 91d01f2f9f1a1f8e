"""Differences between a text and the truth, as counts that can be summed over pages and files."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from local.evaluation.error_classes import ErrorClass, count_error_classes
from local.evaluation.text import TextSide, match_case

#: Characters that OCR of German texts loses most often.
UMLAUTS = frozenset("äöüÄÖÜß€")


@dataclass(frozen=True, kw_only=True)
class TextMetrics:
    """Counts for one passage. `edits` is the Levenshtein distance in characters, and `classes` its parts by class.

    `words_found` counts the words of the truth that were read in any place. Umlauts are counted in any place too.
    """

    characters: int
    edits: int
    words: int
    word_edits: int
    words_found: int
    umlauts: int
    umlauts_lost: int
    umlauts_invented: int
    classes: Mapping[ErrorClass, int]

    @property
    def cer(self) -> float:
        """Character error rate, at most 1, so that a long wrong text counts no more than an empty one."""
        return _compute_rate(self.edits, self.characters)

    @property
    def wer(self) -> float:
        """Word error rate, at most 1."""
        return _compute_rate(self.word_edits, self.words)

    @property
    def recall(self) -> float:
        """Share of the words of the truth that were read, in any order; 1 if the truth has no words."""
        return self.words_found / self.words if self.words else 1.0


def compare_with_truth(truth: str, read: str) -> TextMetrics:
    """Compare two texts in NFC with white space collapsed. Case does not count if the truth has only capitals."""
    wanted, got = TextSide.from_text(truth), TextSide.from_text(match_case(truth, read))
    words, read_words = [word.text for word in wanted.words], [word.text for word in got.words]
    umlauts, read_umlauts = _count_umlauts(wanted.text), _count_umlauts(got.text)
    classes = count_error_classes(wanted, got)
    return TextMetrics(
        characters=len(wanted.text),
        edits=classes.total(),
        words=len(words),
        word_edits=Levenshtein.distance(words, read_words),
        words_found=(Counter(words) & Counter(read_words)).total(),
        umlauts=umlauts.total(),
        umlauts_lost=(umlauts - read_umlauts).total(),
        umlauts_invented=(read_umlauts - umlauts).total(),
        classes=dict(classes),
    )


def _count_umlauts(text: str) -> Counter[str]:
    return Counter(mark for mark in text if mark in UMLAUTS)


def _compute_rate(wrong: int, of: int) -> float:
    return min(1.0, wrong / max(1, of))

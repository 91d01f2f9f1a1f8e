"""Metrics of a read text: numbers of differences from the true text, which can be summed over pages and files."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from local.evaluation.error_classes import ErrorClass, count_error_classes
from local.evaluation.text import TextSide, match_case

#: The umlauts, and also ß and €: the characters that OCR loses most often in German texts.
UMLAUTS = frozenset("äöüÄÖÜß€")


@dataclass(frozen=True, kw_only=True)
class TextMetrics:
    """Numbers for one read text and its true text.

    `characters`, `words` and `umlauts` are numbers in the true text. `edits` and `word_edits` are Levenshtein distances
    in characters and words, and `classes` are the character edits by class. `words_found` is the number of true words
    that were read at any position. `umlauts_lost` and `umlauts_invented` compare only how often each umlaut is in the
    two texts, not its positions.
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
        """Character error rate from 0 to 1.

        It is limited to 1, because a long wrong text can have more edits than the true text has characters.
        """
        return _compute_rate(self.edits, self.characters)

    @property
    def wer(self) -> float:
        """Word error rate from 0 to 1."""
        return _compute_rate(self.word_edits, self.words)

    @property
    def recall(self) -> float:
        """Share of the true words that were read, in any order. It is 1 if the true text has no words."""
        return self.words_found / self.words if self.words else 1.0


def compare_with_truth(truth: str, read_text: str) -> TextMetrics:
    """Return the metrics of a read text.

    Both texts are compared in NFC, with white space collapsed. Case is ignored if `match_case` ignores it.
    """
    truth_side, read_side = TextSide.from_text(truth), TextSide.from_text(match_case(truth, read_text))
    true_words, read_words = [word.text for word in truth_side.words], [word.text for word in read_side.words]
    true_umlauts, read_umlauts = _count_umlauts(truth_side.text), _count_umlauts(read_side.text)
    classes = count_error_classes(truth_side, read_side)
    return TextMetrics(
        characters=len(truth_side.text),
        edits=classes.total(),
        words=len(true_words),
        word_edits=Levenshtein.distance(true_words, read_words),
        words_found=(Counter(true_words) & Counter(read_words)).total(),
        umlauts=true_umlauts.total(),
        umlauts_lost=(true_umlauts - read_umlauts).total(),
        umlauts_invented=(read_umlauts - true_umlauts).total(),
        classes=dict(classes),
    )


def _count_umlauts(text: str) -> Counter[str]:
    return Counter(character for character in text if character in UMLAUTS)


def _compute_rate(errors: int, total: int) -> float:
    return min(1.0, errors / max(1, total))

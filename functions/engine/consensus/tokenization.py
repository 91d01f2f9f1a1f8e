"""Split a reading into words for alignment and voting."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from functions.reading.boxes import enclose_boxes
from functions.reading.reading import Line, Word


@dataclass(frozen=True)
class Token:
    """A word of a reading, in Unicode form NFC.

    `row` is the index of the word's line, or of its row in the text of a reading without lines. `confidence` is that of
    the word, else of the line, else of the reading. `word` is None if the engine did not return a position.
    """

    text: str
    row: int
    confidence: float
    word: Word | None = None


@dataclass(frozen=True)
class TokenizedReading:
    """A reading that takes part in a vote: its engine, the confidence of the page, and its words."""

    engine: str
    confidence: float
    tokens: Sequence[Token]

    def select_tokens(self, indexes: Sequence[int]) -> list[Token]:
        """Return the tokens at these indexes."""
        return [self.tokens[index] for index in indexes]

    def join_text(self, indexes: Sequence[int]) -> str:
        """Return the text of the tokens at these indexes, separated by spaces."""
        return " ".join(token.text for token in self.select_tokens(indexes))

    def average_confidence(self, indexes: Sequence[int]) -> float:
        """Return the mean confidence of the tokens at these indexes."""
        return fmean(token.confidence for token in self.select_tokens(indexes))

    @property
    def can_insert_words(self) -> bool:
        """Return whether words can be inserted: a word has a position, or the reading has no words."""
        return not self.tokens or any(token.word for token in self.tokens)


def tokenize_text(text: str, confidence: float) -> list[Token]:
    """Return the words of a text in its order. They have no positions."""
    rows = _normalize(text).split("\n")
    return [Token(word, row_index, confidence) for row_index, row in enumerate(rows) for word in row.split()]


def tokenize_lines(lines: Sequence[Line], confidence: float) -> list[Token]:
    """Return the words of the lines in their order. `confidence` is the confidence of the page."""
    return [token for row, line in enumerate(lines) for token in _tokenize_line(line, row, confidence)]


def _normalize(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _tokenize_line(line: Line, row: int, page_confidence: float) -> Iterator[Token]:
    """Yield the words of a line. They have positions only if the engine's words are the complete line."""
    line_confidence = page_confidence if line.confidence is None else line.confidence
    texts = _normalize(line.text).split()
    words: Sequence[Word | None] = _match_words(texts, line.words) or [None] * len(texts)
    for text, word in zip(texts, words, strict=True):
        confidence = line_confidence if word is None or word.confidence is None else word.confidence
        yield Token(text, row, confidence, word)


def _match_words(texts: Sequence[str], words: Sequence[Word]) -> list[Word]:
    """Return one word per text, merged from the engine's words. Return an empty list if these do not match."""
    remaining, matched_words = list(words), []
    for text in texts:
        parts: list[Word] = []
        while remaining and text.startswith(joined := _join_words([*parts, remaining[0]])):
            parts.append(remaining.pop(0))
            if joined == text:
                break
        if not parts or _join_words(parts) != text:
            return []
        matched_words.append(_merge_words(text, parts))
    return [] if remaining else matched_words


def _join_words(words: Sequence[Word]) -> str:
    return _normalize("".join(word.text for word in words))


def _merge_words(text: str, parts: Sequence[Word]) -> Word:
    if len(parts) == 1:
        return parts[0]
    confidences = [part.confidence for part in parts if part.confidence is not None]
    confidence = min(confidences) if len(confidences) == len(parts) else None
    return Word(text=text, box=enclose_boxes(part.box for part in parts), confidence=confidence)

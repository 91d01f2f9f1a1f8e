"""The words of a reading, with what is known of each."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from functions.reading.boxes import around
from functions.reading.reading import Line, Reading, Word


@dataclass(frozen=True)
class Token:
    """A word. `row` is the number of its line, or of the text's row where the reading has no lines.

    `confidence` is its own, or its line's, or else the reading's. `word` is there where the engine told its place.
    """

    text: str
    row: int
    confidence: float
    word: Word | None = None


def tokens(reading: Reading) -> list[Token]:
    """All words, NFC, in the order of the reading's lines, or else of its text."""
    if not reading.lines:
        rows = normal(reading.text).split("\n")
        return [Token(text, number, reading.confidence) for number, row in enumerate(rows) for text in row.split()]
    return [token for number, line in enumerate(reading.lines) for token in _of_line(line, number, reading.confidence)]


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _of_line(line: Line, number: int, confidence: float) -> Iterator[Token]:
    """Words where the line has them and they are its text; else its text alone."""
    sure = confidence if line.confidence is None else line.confidence
    said = normal(line.text).split()
    words: Sequence[Word | None] = _words(said, line.words) or [None] * len(said)
    for text, word in zip(said, words, strict=True):
        yield Token(text, number, sure if word is None or word.confidence is None else word.confidence, word)


def _words(said: Sequence[str], words: Sequence[Word]) -> list[Word]:
    """A word for every one that the text has, of one or several of the engine's; none where those are no such parts."""
    rest, found = list(words), []
    for text in said:
        parts: list[Word] = []
        while rest and text.startswith(so_far := normal("".join(word.text for word in [*parts, rest[0]]))):
            parts.append(rest.pop(0))
            if so_far == text:
                break
        if not parts or normal("".join(word.text for word in parts)) != text:
            return []
        found.append(_together(text, parts))
    return [] if rest else found


def _together(text: str, parts: Sequence[Word]) -> Word:
    if len(parts) == 1:
        return parts[0]
    sure = [part.confidence for part in parts if part.confidence is not None]
    return Word(
        text=text, box=around(part.box for part in parts), confidence=min(sure) if len(sure) == len(parts) else None
    )

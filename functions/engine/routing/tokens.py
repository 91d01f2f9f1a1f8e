"""The words of a reading in reading order, with what is known of each."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from functions.runtime.reading import Box, Line, Reading, Word

_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Token:
    """A word of the text, which begins at `start`, in the text's row `row`, counted from 0.

    `confidence` is its own, or its line's, or else the reading's. `line` is that line of the reading's which it stands
    in, where the reading's lines say what its text says.
    """

    text: str
    start: int
    row: int
    confidence: float
    line: int | None = None
    word: Word | None = None


@dataclass(frozen=True)
class _Known:
    """What a line tells of a word, wherever in the text that is."""

    text: str
    confidence: float
    line: int
    word: Word | None = None


def tokens(reading: Reading) -> list[Token]:
    """All words of the text, which is NFC already by contract, and is made so where it is not."""
    text = normal(reading.text)
    found = [(match[0], match.start(), text.count("\n", 0, match.start())) for match in _WORD.finditer(text)]
    known = [one for number, line in enumerate(reading.lines) for one in _of_line(line, number, reading.confidence)]
    if [one.text for one in known] != [said for said, _, _ in found]:
        return [Token(*place, reading.confidence) for place in found]
    return [Token(*place, one.confidence, one.line, one.word) for place, one in zip(found, known, strict=True)]


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _of_line(line: Line, number: int, confidence: float) -> list[_Known]:
    """Words where the line has them and they are its text; else its text alone."""
    sure = confidence if line.confidence is None else line.confidence
    said = normal(line.text).split()
    words: Sequence[Word | None] = _words(said, line.words) or [None] * len(said)
    return [
        _Known(text, sure if word is None or word.confidence is None else word.confidence, number, word)
        for text, word in zip(said, words, strict=True)
    ]


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
    sure = [part.confidence for part in parts if part.confidence is not None]
    confidence = min(sure) if len(sure) == len(parts) else None
    polygon = parts[0].polygon if len(parts) == 1 else None
    return Word(text=text, box=around(parts), confidence=confidence, polygon=polygon)


def around(words: Sequence[Word]) -> Box:
    """The box that holds all of them."""
    left, top, right, bottom = zip(*(word.box for word in words), strict=True)
    return min(left), min(top), max(right), max(bottom)

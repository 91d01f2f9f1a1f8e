"""Texts as they are compared: NFC, white space collapsed; their words know which line they stood on."""

import unicodedata
from dataclasses import dataclass

FORM_FEED = "\f"
# Fewer may be capitals by chance: a heading, a number plate.
_ENOUGH_LETTERS = 40


@dataclass(frozen=True)
class Word:
    """From `start` to `end` (outside) in the collapsed text; `line` counts the text's own lines from 0."""

    text: str
    start: int
    end: int
    line: int


@dataclass(frozen=True)
class Side:
    """One of two texts: `text` is collapsed, a single blank between words."""

    text: str
    words: tuple[Word, ...]

    @classmethod
    def of(cls, text: str) -> "Side":
        words: list[Word] = []
        start = 0
        for line, said in enumerate(unicodedata.normalize("NFC", text).splitlines()):
            for word in said.split():
                words.append(Word(word, start, start + len(word), line))
                start += len(word) + 1
        return cls(" ".join(word.text for word in words), tuple(words))


def normal(text: str) -> str:
    """What is compared: NFC, and one blank for white space of any length."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def pages(text: str) -> list[str]:
    """A text's pages, which form feeds stand between; one after the last page ends it and begins none."""
    return text.removesuffix(FORM_FEED).split(FORM_FEED)


def without_case(truth: str, read: str) -> str:
    """What was read, in capitals where the truth has nothing else, since such a truth says nothing about case."""
    letters = [mark for mark in truth if mark.isalpha()]
    if len(letters) < _ENOUGH_LETTERS or any(mark.islower() for mark in letters):
        return read
    return "".join(capital if len(capital := mark.upper()) == 1 else mark for mark in read)

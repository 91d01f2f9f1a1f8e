"""Texts in the form in which they are compared: NFC, with white space collapsed, and words with their line numbers."""

import unicodedata
from dataclasses import dataclass

FORM_FEED = "\f"
# A shorter text may consist of capitals by chance, such as a heading or a number plate.
_ENOUGH_LETTERS = 40


@dataclass(frozen=True)
class Word:
    """A word at `start` to `end` (exclusive) of the collapsed text. `line` is its line in the original text, from 0."""

    text: str
    start: int
    end: int
    line: int


@dataclass(frozen=True)
class TextSide:
    """A compared text. `text` has single spaces between words."""

    text: str
    words: tuple[Word, ...]

    @classmethod
    def from_text(cls, text: str) -> "TextSide":
        words: list[Word] = []
        start = 0
        for line, line_text in enumerate(unicodedata.normalize("NFC", text).splitlines()):
            for word in line_text.split():
                words.append(Word(word, start, start + len(word), line))
                start += len(word) + 1
        return cls(" ".join(word.text for word in words), tuple(words))


def normalize_text(text: str) -> str:
    """Return the text in NFC, with one space for white space of any length."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def split_pages(text: str) -> list[str]:
    """Return the pages of a text, which form feeds separate. A form feed at the end starts no new page."""
    return text.removesuffix(FORM_FEED).split(FORM_FEED)


def match_case(truth: str, read: str) -> str:
    """Return the read text in capitals if the truth has only capitals, because such a truth carries no case."""
    letters = [mark for mark in truth if mark.isalpha()]
    if len(letters) < _ENOUGH_LETTERS or any(mark.islower() for mark in letters):
        return read
    return "".join(capital if len(capital := mark.upper()) == 1 else mark for mark in read)

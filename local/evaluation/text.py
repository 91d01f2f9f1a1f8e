"""Normalized texts for comparisons: in NFC, with collapsed white space, and with the line number of each word."""

import unicodedata
from dataclasses import dataclass

FORM_FEED = "\f"
# A true text with fewer letters, such as a heading, may consist of capitals by chance.
_MIN_LETTERS = 40


@dataclass(frozen=True)
class Word:
    """A word of a normalized text.

    `start` and `end` (exclusive) are positions in the normalized text. `line` is the line number in the original text,
    from 0.
    """

    text: str
    start: int
    end: int
    line: int


@dataclass(frozen=True)
class TextSide:
    """A text in a comparison. `text` is normalized: it is in NFC, with single spaces between words."""

    text: str
    words: tuple[Word, ...]

    @classmethod
    def from_text(cls, text: str) -> "TextSide":
        """Return the normalized text and its words."""
        words: list[Word] = []
        start = 0
        for line, line_text in enumerate(unicodedata.normalize("NFC", text).splitlines()):
            for word in line_text.split():
                words.append(Word(word, start, start + len(word), line))
                start += len(word) + 1
        return cls(" ".join(word.text for word in words), tuple(words))


def split_pages(text: str) -> list[str]:
    """Return the pages of a text in which form feeds separate pages. A form feed at the end does not start a page."""
    return text.removesuffix(FORM_FEED).split(FORM_FEED)


def match_case(truth: str, read_text: str) -> str:
    """Return the read text in capitals if the true text has capitals only, because case cannot be compared then.

    Otherwise, or if the true text has fewer than 40 letters, return the read text unchanged.
    """
    letters = [character for character in truth if character.isalpha()]
    if len(letters) < _MIN_LETTERS or any(character.islower() for character in letters):
        return read_text
    return "".join(capital if len(capital := character.upper()) == 1 else character for character in read_text)

"""Check whether a text consists of words of any language. If not, its font has wrong character mappings.

The check is fast and needs no dictionary. It judges only texts with enough Latin letters. So pages of numbers and pages
in other scripts always pass.
"""

import re
import unicodedata
from collections import Counter
from itertools import pairwise
from math import sqrt

#: The frequency of each letter in percent, without accents. It is the mean of English and German, from
#: https://en.wikipedia.org/wiki/Letter_frequency.
_FREQUENT = dict(zip("etnsirahdulco", (14.6, 7.6, 8.3, 6.9, 7.0, 6.5, 7.6, 4.6, 4.7, 3.6, 3.7, 2.9, 5.2), strict=True))
_RARE = dict(zip("gmfbwpvkyzjqx", (2.5, 2.5, 1.9, 1.7, 2.1, 1.3, 0.9, 1.1, 1.0, 0.6, 0.2, 0.1, 0.1), strict=True))
_FREQUENCIES = _FREQUENT | _RARE
_VOWELS = set("aeiouy")
#: Letter frequencies and the share of punctuation are measured only for texts with at least this many characters.
_MIN_LETTERS = 150
#: The word check needs at least `_MIN_WORDS` words with at least `_MIN_WORD_LENGTH` letters.
_MIN_WORDS, _MIN_WORD_LENGTH = 15, 4
#: Correct pages in English and German have a letter likeness of at least 0.88. Their share of impossible words is at
#: most 0.11, and their share of punctuation at most 0.07. After a random exchange of letters, these limits detect 97 of
#: 100 pages.
_MIN_LIKENESS, _MAX_IMPOSSIBLE_WORDS, _MAX_PUNCTUATION = 0.75, 0.25, 0.25
#: Characters that draw leader dots, lines to fill in and check boxes. They do not count as punctuation.
_DRAWING_SIGNS = set("._-*=|:,\u00b7\u2013\u2014\u2022\u2026\u25a1\u2610")
#: The largest share of characters whose code is a multiple of 256. These are rare in text, but a Latin letter becomes
#: one of them if its two bytes are swapped.
_MAX_SWAPPED = 0.5

_SURROUNDING_SIGNS = re.compile(r"^\W+|\W+$")
#: Addresses, dates, amounts and codes are not words. They are ignored, because they do not indicate a wrong font.
_NOT_A_WORD = re.compile(r"[@/\\:=_|<>]|www\.|\d")
_WORD = re.compile("[^\\W\\d_]+(?:[-'.&\u00b7\u2019][^\\W\\d_]+)*")


def find_language_problem(text: str) -> str:
    """Return the reason why the text is not in any language, or an empty string if the text passes the check."""
    letters = "".join(filter(str.isalpha, text))
    swapped_count = sum(count for letter, count in Counter(letters).items() if ord(letter) & 0xFF == 0)
    if swapped_count > _MAX_SWAPPED * len(letters):
        return "the bytes of its characters are swapped"
    if measure_punctuation_share(text) > _MAX_PUNCTUATION:
        return "it has too much punctuation"
    if len(_extract_latin_letters(letters)) < len(letters) / 2:
        return ""
    tokens = (_SURROUNDING_SIGNS.sub("", token) for token in text.split())
    words = [token for token in tokens if token and not _NOT_A_WORD.search(token)]
    latin = _extract_latin_letters("".join(words))
    if len(latin) >= _MIN_LETTERS and measure_letter_likeness(latin) < _MIN_LIKENESS:
        return "its letter frequencies do not match any language"
    long_words = [word for word in words if len(word) >= _MIN_WORD_LENGTH]
    impossible_count = sum(map(is_impossible_word, long_words))
    if len(long_words) >= _MIN_WORDS and impossible_count > _MAX_IMPOSSIBLE_WORDS * len(long_words):
        return "it does not consist of words"
    return ""


def measure_punctuation_share(text: str) -> float:
    """Return the share of punctuation and symbols, from 0 to 1, or 0 if the text is too short to judge."""
    counts = {sign: n for sign, n in Counter(text).items() if not sign.isspace() and sign not in _DRAWING_SIGNS}
    total = sum(counts.values())
    if total < _MIN_LETTERS:
        return 0.0
    return sum(count for sign, count in counts.items() if unicodedata.category(sign)[0] in "PS") / total


def measure_letter_likeness(letters: list[str]) -> float:
    """Return the cosine similarity between the frequencies of the letters and their usual frequencies, from 0 to 1."""
    counts = Counter(letters)
    dot_product = sum(counts[letter] * share for letter, share in _FREQUENCIES.items())
    norms = sqrt(sum(count**2 for count in counts.values())) * sqrt(sum(share**2 for share in _FREQUENCIES.values()))
    return dot_product / norms


def is_impossible_word(word: str) -> bool:
    """Return whether a text cannot be a word: it has a digit or sign, changes its case repeatedly, or has no vowel.

    A hyphen, apostrophe, dot or ampersand between letters is permitted.
    """
    if not _WORD.fullmatch(word):
        return True
    case_changes = 0
    if not word[1:].islower():  # most words are lower case
        case_changes = sum(before.islower() and after.isupper() for before, after in pairwise(word))
    return case_changes > 1 or (not word.isupper() and not _VOWELS & set(_to_base_letters(word)))


def _extract_latin_letters(text: str) -> list[str]:
    return list(filter(_FREQUENCIES.__contains__, _to_base_letters(text)))


def _to_base_letters(text: str) -> str:
    """Return the text in lower case, with each accent as a separate character after its letter."""
    return unicodedata.normalize("NFD", text).lower()

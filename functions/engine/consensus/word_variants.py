"""Choose one of two variants of a word by its form. Engines are often confident of a word without its umlaut."""

import re
import unicodedata
from collections.abc import Callable
from difflib import SequenceMatcher

#: Tests whether a lexicon has a word.
IsKnownWord = Callable[[str], bool]

_WORD = re.compile(r"[^\W\d_]{2,}")
#: Engines misread ß, l, o and ö as these characters, which hardly any word has after a lower-case letter.
_MISREAD = re.compile(r"(?<=[a-zäöüß])[B01568]")
#: The smallest similarity (ratio of difflib) and the largest difference in length of two variants of one word. Without
#: these limits, a part of a word would be chosen, because parts of words are often in the lexicon.
_MIN_SIMILARITY, _MAX_LENGTH_DIFFERENCE = 0.6, 1
#: The most characters to compare, enough for three words. The comparison takes cubic time, so the words of a whole page
#: would take too long.
_MAX_LENGTH = 64
_QUOTES = dict.fromkeys(map(ord, "\"'`´„“”‚‘’«»‹›"))  # noqa: RUF001  # these quotation marks are intended
_TYPOGRAPHIC_QUOTES = frozenset("„“”‚‘’«»‹›")  # noqa: RUF001  # these quotation marks are intended


def choose_variant(first: str, second: str, is_known_word: IsKnownWord, *, is_german: bool) -> tuple[str, str] | None:
    """Return the better variant and the reason, or None if the forms of both are equally good."""
    if is_german and first.translate(_QUOTES) == second.translate(_QUOTES):
        # Some engines lose typographic quotation marks or read straight ones, so a variant with more of them is right.
        quotes, other_quotes = _count_typographic_quotes(first), _count_typographic_quotes(second)
        return _choose_higher(first, second, quotes, other_quotes, "it has typographic quotation marks")
    if not _are_similar(first, second):
        return None
    return _choose_by_lexicon(first, second, is_known_word) or _choose_by_shape(first, second)


def _choose_by_lexicon(first: str, second: str, is_known_word: IsKnownWord) -> tuple[str, str] | None:
    """Return the only variant whose words are all in the lexicon, and the reason, or None.

    Words in capitals are ignored. They are often names or abbreviations, which no lexicon contains.
    """
    words, other_words = (
        [word for word in _WORD.findall(variant) if not word.isupper()] for variant in (first, second)
    )
    if not words or not other_words:
        return None
    is_known, is_other_known = (
        all(_is_spelled_correctly(word, is_known_word) for word in group) for group in (words, other_words)
    )
    return _choose_higher(first, second, is_known, is_other_known, "it is in the lexicon")


def _choose_by_shape(first: str, second: str) -> tuple[str, str] | None:
    """Return the variant with more letters, and the reason, if only one variant has a misread character in a word."""
    if bool(_MISREAD.search(first)) == bool(_MISREAD.search(second)):
        return None
    return _choose_higher(first, second, _count_letters(first), _count_letters(second), "it has the shape of a word")


def _are_similar(first: str, second: str) -> bool:
    first_base, second_base = _reduce_to_base_letters(first), _reduce_to_base_letters(second)
    if abs(len(first_base) - len(second_base)) > _MAX_LENGTH_DIFFERENCE or len(first_base) > _MAX_LENGTH:
        return False
    return SequenceMatcher(None, first_base, second_base, autojunk=False).ratio() >= _MIN_SIMILARITY


def _reduce_to_base_letters(variant: str) -> str:
    """Return the variant without accents and case, with "ss" for ß and "u" for "ii", a common misreading of ü."""
    base = "".join(mark for mark in unicodedata.normalize("NFD", variant) if not unicodedata.combining(mark))
    return base.casefold().replace("ii", "u")


def _is_spelled_correctly(word: str, is_known_word: IsKnownWord) -> bool:
    """Return whether the lexicon has the word, and the word has no misread character.

    The lexicon ignores case, so without the second test the misread GroBe would match grobe.
    """
    return not _MISREAD.search(word) and is_known_word(word)


def _choose_higher(first: str, second: str, score: int, other_score: int, why: str) -> tuple[str, str] | None:
    """Return the variant with the higher score, and `why`, or None if the scores are equal."""
    return None if score == other_score else (first if score > other_score else second, why)


def _count_typographic_quotes(variant: str) -> int:
    return sum(mark in _TYPOGRAPHIC_QUOTES for mark in variant)


def _count_letters(variant: str) -> int:
    return sum(map(str.isalpha, _MISREAD.sub("", variant)))

"""Which of two variants of a word stands, by what words look like: engines are sure of umlauts that they lost."""

import re
import unicodedata
from collections.abc import Callable
from difflib import SequenceMatcher

#: Whether a lexicon has this word.
Known = Callable[[str], bool]

_WORD = re.compile(r"[^\W\d_]{2,}")
# What engines make of ß, l, o and ö within a word: hardly a word goes on so after a small letter.
_ODD = re.compile(r"(?<=[a-zäöüß])[B01568]")
#: Variants of one word have so much in common, and differ in length by so much. Parts of words are in lexicons too.
_ALIKE, _LONGER = 0.6, 1
# No word is longer, nor two or three: what is takes cubic time to compare, and a page of it an engine's whole patience.
_LONGEST = 64
_QUOTES = dict.fromkeys(map(ord, "\"'`´„“”‚‘’«»‹›"))  # noqa: RUF001  # the marks are meant
_PRINTED = frozenset("„“”‚‘’«»‹›")  # noqa: RUF001  # the marks are meant


def adjudicated(first: str, second: str, known: Known, *, german: bool) -> tuple[str, str] | None:
    """The one that stands, and why; None where nothing but how sure the engines are can decide."""
    if german and first.translate(_QUOTES) == second.translate(_QUOTES):
        # Some engines know no marks but those of typewriters, and leave out the one that lies low.
        return _preferred(first, second, _printed(first), _printed(second), "it has its marks as they are printed")
    if not _alike(first, second):
        return None
    return _by_lexicon(first, second, known) or _by_shape(first, second)


def _by_lexicon(first: str, second: str, known: Known) -> tuple[str, str] | None:
    """Names and abbreviations stand in no lexicon, so what is all in capitals is left to others."""
    one, other = ([word for word in _WORD.findall(variant) if not word.isupper()] for variant in (first, second))
    if not one or not other:
        return None
    has, has_too = (all(_spelt(word, known) for word in words) for words in (one, other))
    return _preferred(first, second, has, has_too, "the lexicon has it")


def _by_shape(first: str, second: str) -> tuple[str, str] | None:
    if bool(_ODD.search(first)) == bool(_ODD.search(second)):
        return None
    return _preferred(first, second, _letters(first), _letters(second), "it is shaped like a word")


def _alike(first: str, second: str) -> bool:
    one, other = _bare(first), _bare(second)
    if abs(len(one) - len(other)) > _LONGER or len(one) > _LONGEST:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _bare(variant: str) -> str:
    """Umlauts and ß as what they are taken for: without dots, as two strokes, as ss."""
    plain = "".join(mark for mark in unicodedata.normalize("NFD", variant) if not unicodedata.combining(mark))
    return plain.casefold().replace("ii", "u")


def _spelt(word: str, known: Known) -> bool:
    """A lexicon may pass over capitals, and would take GroBe for grobe."""
    return not _ODD.search(word) and known(word)


def _preferred(first: str, second: str, one: int, other: int, why: str) -> tuple[str, str] | None:
    return None if one == other else (first if one > other else second, why)


def _printed(variant: str) -> int:
    return sum(mark in _PRINTED for mark in variant)


def _letters(variant: str) -> int:
    return sum(map(str.isalpha, _ODD.sub("", variant)))

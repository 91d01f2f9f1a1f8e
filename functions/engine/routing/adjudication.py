"""Which of two variants of a word stands: German spelling first, since engines are sure of umlauts that they lost."""

import re
import unicodedata
from collections.abc import Callable

#: Whether a lexicon has this word, as it is spelt, without punctuation around it.
Known = Callable[[str], bool]

# What engines make of umlauts beside leaving out the dots: ae, oe, ue, and two strokes for ü.
_SPREAD = re.compile("ae|oe|ue|ii")
_NARROW = {"ae": "a", "oe": "o", "ue": "u", "ii": "u"}
# ß is read as B, b or ss, but no word begins with it.
_ESZETT = re.compile("ss|(?<!^)b")


def german(first: str, second: str, known: Known) -> str | None:
    """The one that the lexicon has, of two that differ in umlauts and ß alone; None where that decides nothing."""
    if _bare(first) != _bare(second):
        return None
    has = [variant for variant in (first, second) if _all_known(variant, known)]
    return has[0] if len(has) == 1 else None


def _all_known(variant: str, known: Known) -> bool:
    words = [stripped for word in variant.split() if (stripped := _stripped(word))]
    return bool(words) and all(known(word) for word in words)


def _stripped(word: str) -> str:
    """Without punctuation and signs around it."""
    marks = "".join(mark for mark in word if not mark.isalnum())
    return word.strip(marks)


def _bare(variant: str) -> str:
    """What is left when all that umlauts and ß are taken for is taken for the same."""
    plain = "".join(mark for mark in unicodedata.normalize("NFD", variant) if not unicodedata.combining(mark))
    narrow = _SPREAD.sub(lambda found: _NARROW[found[0]], plain.replace("ß", "ss").lower())
    return " ".join(_ESZETT.sub("s", word) for word in narrow.split())

"""The places of a page's text: all of it, or none."""

import unicodedata
from collections import Counter

import pypdfium2

from functions.documents.glyphs import Frame, Unplaced, glyphs
from functions.documents.joining import joined
from functions.documents.lines import lines
from functions.documents.model import Placed
from functions.reading.reading import printable

#: A page of a newspaper has 30,000 characters; many more would take seconds.
_MOST = 50_000

#: Why a page's own order has to do.
TOO_MUCH, NOT_ALL = "there is too much of it", "not all of it has a place"

Lines = tuple[tuple[Placed, ...], ...]


def placed(textpage: pypdfium2.PdfTextPage, frame: Frame, text: str) -> tuple[Lines, str]:
    """The words of `text`, which is the page's, by line; or none, and why."""
    if textpage.count_chars() > _MOST:
        return (), TOO_MUCH
    wanted = letters(text)
    # Looking for what the page does not show takes longer than all else, and is seldom needed.
    for shown in (False, True):
        found = _found(textpage, frame, shown=shown)
        if wanted == letters("".join(word.text for line in found for word in line)):
            return found, ""
    return (), NOT_ALL


def _found(textpage: pypdfium2.PdfTextPage, frame: Frame, *, shown: bool) -> Lines:
    """None where pdfium does not know the place of one of them."""
    try:
        return joined(lines(glyphs(textpage, frame, shown=shown)))
    except Unplaced:
        return ()


def letters(text: str) -> Counter[str]:
    """How often each character is there that a reading can have, blanks left out; an accent counts for itself."""
    counted = Counter(unicodedata.normalize("NFD", text))
    return Counter({letter: count for letter, count in counted.items() if printable(letter).strip()})

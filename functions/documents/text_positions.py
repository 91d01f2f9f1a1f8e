"""Find the positions of the words on a PDF page: of all words, or of none."""

import unicodedata
from collections import Counter

import pypdfium2

from functions.documents.glyphs import PositionUnknown, VisibleArea, extract_glyphs
from functions.documents.line_parts import merge_line_parts
from functions.documents.lines import build_lines
from functions.documents.model import PositionedText
from functions.reading.reading import remove_unprintable

#: A newspaper page has 30,000 characters. Pages with many more would take seconds.
_MAX_CHARACTERS = 50_000

#: Reasons why the words of a page have no positions. Without positions, the text keeps the order of the PDF.
TOO_MUCH_TEXT, POSITIONS_INCOMPLETE = "the page has too much text", "some of the text has no position"

WordLines = tuple[tuple[PositionedText, ...], ...]


def locate_words(textpage: pypdfium2.PdfTextPage, area: VisibleArea, text: str) -> tuple[WordLines, str]:
    """Return the words of each line of a page, and an empty string. Without positions, return no lines and the reason.

    `text` is the text of the page. The lines are returned only if their words contain the same characters as `text`.
    """
    if textpage.count_chars() > _MAX_CHARACTERS:
        return (), TOO_MUCH_TEXT
    expected = count_characters(text)
    # The first attempt omits the visibility test, which takes longest. Few pages have invisible characters.
    for visible_only in (False, True):
        lines = _build_lines(textpage, area, visible_only=visible_only)
        if expected == count_characters("".join(word.text for line in lines for word in line)):
            return lines, ""
    return (), POSITIONS_INCOMPLETE


def _build_lines(textpage: pypdfium2.PdfTextPage, area: VisibleArea, *, visible_only: bool) -> WordLines:
    """Return lines of words, or no lines if pdfium does not know the position of a character."""
    try:
        return merge_line_parts(build_lines(extract_glyphs(textpage, area, visible_only=visible_only)))
    except PositionUnknown:
        return ()


def count_characters(text: str) -> Counter[str]:
    """Return how often each printable character except white space occurs. Accents count separately from letters."""
    counts = Counter(unicodedata.normalize("NFD", text))
    return Counter({letter: count for letter, count in counts.items() if remove_unprintable(letter).strip()})

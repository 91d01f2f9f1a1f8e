"""The positions of the words of a page's text: all of them, or none."""

import unicodedata
from collections import Counter

import pypdfium2

from functions.documents.glyphs import PositionUnknown, VisibleArea, extract_glyphs
from functions.documents.line_parts import merge_line_parts
from functions.documents.lines import build_lines
from functions.documents.model import PositionedText
from functions.reading.reading import remove_unprintable

#: A newspaper page has 30,000 characters. A page with many more would take seconds.
_MAX_CHARACTERS = 50_000

#: Reasons for keeping the order of the PDF.
TOO_MUCH_TEXT, POSITIONS_INCOMPLETE = "the page has too much text", "some of the text has no position"

WordLines = tuple[tuple[PositionedText, ...], ...]


def locate_words(textpage: pypdfium2.PdfTextPage, area: VisibleArea, text: str) -> tuple[WordLines, str]:
    """Return the words of `text`, the text of the page, by line; or no lines and the reason."""
    if textpage.count_chars() > _MAX_CHARACTERS:
        return (), TOO_MUCH_TEXT
    expected = count_letters(text)
    # Testing each character for visibility takes longer than all other steps, and few pages have invisible characters.
    for visible_only in (False, True):
        lines = _build_lines(textpage, area, visible_only=visible_only)
        if expected == count_letters("".join(word.text for line in lines for word in line)):
            return lines, ""
    return (), POSITIONS_INCOMPLETE


def _build_lines(textpage: pypdfium2.PdfTextPage, area: VisibleArea, *, visible_only: bool) -> WordLines:
    """Return the words by line, or no lines if pdfium does not know the position of a character."""
    try:
        return merge_line_parts(build_lines(extract_glyphs(textpage, area, visible_only=visible_only)))
    except PositionUnknown:
        return ()


def count_letters(text: str) -> Counter[str]:
    """Count each printable character except white space. Accents are counted separately from their letters."""
    counts = Counter(unicodedata.normalize("NFD", text))
    return Counter({letter: count for letter, count in counts.items() if remove_unprintable(letter).strip()})

"""Whether the text that a PDF page brings along is what the page shows. In doubt it is not: then an engine reads it.

What somebody else recognized is never trusted, however fluent: a lost umlaut is found in no statistics, and the picture
is there to be read.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import islice, repeat

import pypdfium2
import pypdfium2.raw as pdfium

from functions.documents import unchecked, wording
from functions.documents.glyphs import Frame
from functions.documents.lines import HYPHENS
from functions.documents.model import TextLayer
from functions.documents.placing import TOO_MUCH, placed

#: Fewer letters and digits than this beside pictures or drawings are a stamp on a scan.
_LITTLE = 20
#: As many on a page that a picture covers are a page number and a header.
_FEW = 200
_MOSTLY_COVERED = 0.5
_MANY_DRAWINGS = 50
_TOLERATED = 0.03
#: Enough of a page to judge by; a page can have millions.
_SAMPLE = 5_000
_SUSPECT_CATEGORIES = {"Cc", "Cn", "Co", "Cs"}


@dataclass(frozen=True)
class _Look:
    """What a page consists of. `hidden` is shown, and lies beneath a picture of most of the page."""

    covered: float
    drawings: int
    shown: int
    hidden: int
    invisible: int


def text_layer(page: pypdfium2.PdfPage, *, places: bool) -> TextLayer:
    """The page's text in the PDF's own order, whether to trust it, and, if so, where its words stand."""
    textpage = page.get_textpage()
    text = clean(textpage.get_text_bounded())
    why_not = _doubt(text, _look(page), _unmapped(textpage))
    if why_not == _EMPTY and not pdfium.FPDFPage_CountObjects(page) and not pdfium.FPDFPage_GetAnnotCount(page):
        return TextLayer("", trusted=True, why="the page is empty")
    if why_not:
        return TextLayer(text, trusted=False, why=why_not)
    lines, unplaced = placed(textpage, Frame.of(page), text) if places else ((), TOO_MUCH)
    return TextLayer(text, trusted=True, why="the text is complete and visible", lines=lines, unplaced=unplaced)


def clean(text: str) -> str:
    """NFC, lines ending in a line feed, hyphens as hyphens."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(HYPHENS).split("\n")
    return unicodedata.normalize("NFC", "\n".join(line.rstrip() for line in lines)).strip("\n")


def suspects(text: str) -> float:
    """The share of characters that no document means to show: U+FFFD, private use, controls, unassigned."""
    visible = {character: count for character, count in Counter(text).items() if not character.isspace()}
    bad = sum(n for c, n in visible.items() if c == "\ufffd" or unicodedata.category(c) in _SUSPECT_CATEGORIES)
    return bad / sum(visible.values()) if visible else 0.0


_EMPTY = "the page has no text"


def _doubt(text: str, look: _Look, unmapped: float) -> str:
    letters = sum(map(str.isalnum, text))
    if not letters:
        return _EMPTY
    if max(suspects(text), unmapped) > _TOLERATED:
        return "too many characters without a meaning"
    return _recognized(look) or _stamped(letters, look) or _wrong(text)


def _recognized(look: _Look) -> str:
    if look.invisible > look.shown:
        return "the text is invisible: somebody else's recognition"
    if look.hidden > look.shown - look.hidden:
        return "the text is beneath a picture: somebody else's recognition"
    return ""


def _stamped(letters: int, look: _Look) -> str:
    if look.covered > _MOSTLY_COVERED and letters < _FEW:
        return "a picture covers the page and there is little text"
    if letters < _LITTLE and (look.covered or look.drawings > _MANY_DRAWINGS):
        return "little text beside pictures or drawings"
    return ""


def _wrong(text: str) -> str:
    why = wording.doubt(text[:_SAMPLE])
    return f"the font lies about its characters: {why}" if why else ""


def _look(page: pypdfium2.PdfPage) -> _Look:
    covered, counts = 0.0, dict.fromkeys(("drawings", "shown", "hidden", "invisible"), 0)
    width, height = page.get_size()
    for thing in islice(page.get_objects(), _SAMPLE):
        if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            share = _area(thing) / (width * height)
            covered += share
            # Drawn in this order. Scanners write what they recognized first, and lay the picture over it.
            if share > _MOSTLY_COVERED and not pdfium.FPDFPageObj_HasTransparency(thing):
                counts["hidden"] = counts["shown"]
        elif thing.type == pdfium.FPDF_PAGEOBJ_PATH:
            counts["drawings"] += 1
        elif thing.type == pdfium.FPDF_PAGEOBJ_TEXT:
            mode = pdfium.FPDFTextObj_GetTextRenderMode(thing)
            counts["invisible" if mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE else "shown"] += 1
    return _Look(covered=covered, **counts)


def _area(thing: pypdfium2.PdfObject) -> float:
    try:
        left, bottom, right, top = thing.get_bounds()
    except pypdfium2.PdfiumError:
        return 0.0
    return float(max(0.0, right - left) * max(0.0, top - bottom))


def _unmapped(textpage: pypdfium2.PdfTextPage) -> float:
    """The share of characters for which the font does not say what they mean."""
    count = min(textpage.count_chars(), _SAMPLE)
    errors = Counter(map(unchecked.has_unicode_map_error, repeat(unchecked.handle(textpage)), range(count)))
    return errors[1] / count if count else 0.0

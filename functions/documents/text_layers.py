"""Extract the text layer of a PDF page, and decide whether it can be trusted.

A text layer is trusted only if it is certain to match the visible page. Otherwise an engine reads the page. The text
layer of another OCR program is never trusted, because no statistics find a lost umlaut.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import islice, repeat

import pypdfium2
import pypdfium2.raw as pdfium

from functions.documents import unchecked_pdfium
from functions.documents.glyphs import VisibleArea
from functions.documents.language_check import find_language_problem
from functions.documents.lines import HYPHENS
from functions.documents.model import TextLayer
from functions.documents.text_positions import TOO_MUCH_TEXT, locate_words

#: Text with fewer letters and digits, beside pictures or drawings, is a stamp on a scan.
_STAMP_CHARACTERS = 20
#: Text with fewer letters and digits, on a page covered by a picture, is a page number or a header.
_HEADER_CHARACTERS = 200
#: A picture covers the page if it has a larger share of the page's area.
_COVERED_SHARE = 0.5
#: The number of drawings above which a page with little text is mainly a drawing.
_MANY_DRAWINGS = 50
#: The largest share of characters without a meaning in a trusted text.
_MAX_SUSPECT_SHARE = 0.03
#: The number of characters or objects that are inspected. A page can have millions.
_SAMPLE_SIZE = 5_000
_SUSPECT_CATEGORIES = {"Cc", "Cn", "Co", "Cs"}

_NO_TEXT = "the page has no text"


@dataclass(frozen=True)
class _PageObjects:
    """The share of the page that pictures cover, and the numbers of drawings and text objects.

    `visible_texts` includes `covered_texts`, the text objects beneath a picture of more than half of the page.
    """

    picture_share: float
    drawings: int
    visible_texts: int
    covered_texts: int
    invisible_texts: int


def extract_text_layer(page: pypdfium2.PdfPage, *, with_positions: bool) -> TextLayer:
    """Return the text of the page in the order of the PDF, and whether it is trusted.

    The result has word positions if the text is trusted and `with_positions` is True.
    """
    textpage = page.get_textpage()
    text = normalize_layer_text(textpage.get_text_bounded())
    doubt = _find_doubt(text, _count_objects(page), _measure_unmapped_share(textpage))
    if doubt == _NO_TEXT and not pdfium.FPDFPage_CountObjects(page) and not pdfium.FPDFPage_GetAnnotCount(page):
        return TextLayer("", is_trusted=True, why="the page is empty")
    if doubt:
        return TextLayer(text, is_trusted=False, why=doubt)
    why = "the text is complete and visible"
    if not with_positions:
        return TextLayer(text, is_trusted=True, why=why, missing_positions_reason=TOO_MUCH_TEXT)
    lines, reason = locate_words(textpage, VisibleArea.from_page(page), text)
    return TextLayer(text, is_trusted=True, why=why, lines=lines, missing_positions_reason=reason)


def normalize_layer_text(text: str) -> str:
    """Return the text in NFC, with line feeds at line ends and with normal hyphens."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(HYPHENS).split("\n")
    return unicodedata.normalize("NFC", "\n".join(line.rstrip() for line in lines)).strip("\n")


def measure_suspect_share(text: str) -> float:
    """Return the share of meaningless characters: U+FFFD, private use, surrogates, controls and unassigned."""
    visible = {character: count for character, count in Counter(text).items() if not character.isspace()}
    suspects = sum(n for c, n in visible.items() if c == "\ufffd" or unicodedata.category(c) in _SUSPECT_CATEGORIES)
    return suspects / sum(visible.values()) if visible else 0.0


def _find_doubt(text: str, objects: _PageObjects, unmapped_share: float) -> str:
    """Return the reason why the text is not trusted, or an empty string if it is trusted."""
    characters = sum(map(str.isalnum, text))
    if not characters:
        return _NO_TEXT
    if max(measure_suspect_share(text), unmapped_share) > _MAX_SUSPECT_SHARE:
        return "too many characters without a meaning"
    return _find_ocr_text(objects) or _find_stamp(characters, objects) or _find_wrong_font(text)


def _find_ocr_text(objects: _PageObjects) -> str:
    """Return the reason for distrust if another OCR program has written the text, else an empty string."""
    if objects.invisible_texts > objects.visible_texts:
        return "the text is invisible, so it comes from another OCR program"
    if objects.covered_texts > objects.visible_texts - objects.covered_texts:
        return "the text is beneath a picture, so it comes from another OCR program"
    return ""


def _find_stamp(characters: int, objects: _PageObjects) -> str:
    """Return the reason for distrust if the page is a scan with a short added text, else an empty string."""
    if objects.picture_share > _COVERED_SHARE and characters < _HEADER_CHARACTERS:
        return "a picture covers the page, which has little text"
    if characters < _STAMP_CHARACTERS and (objects.picture_share or objects.drawings > _MANY_DRAWINGS):
        return "little text beside pictures or drawings"
    return ""


def _find_wrong_font(text: str) -> str:
    """Return the reason for distrust if the font has wrong character mappings, else an empty string."""
    problem = find_language_problem(text[:_SAMPLE_SIZE])
    return f"the font maps glyphs to wrong characters: {problem}" if problem else ""


def _count_objects(page: pypdfium2.PdfPage) -> _PageObjects:
    """Return the counts of the first _SAMPLE_SIZE objects of a page."""
    picture_share, counts = 0.0, dict.fromkeys(("drawings", "visible_texts", "covered_texts", "invisible_texts"), 0)
    width, height = page.get_size()
    for page_object in islice(page.get_objects(), _SAMPLE_SIZE):
        if page_object.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            share = _measure_area(page_object) / (width * height)
            picture_share += share
            # A later object covers earlier ones. OCR programs write the recognized text first, and then the picture.
            if share > _COVERED_SHARE and not pdfium.FPDFPageObj_HasTransparency(page_object):
                counts["covered_texts"] = counts["visible_texts"]
        elif page_object.type == pdfium.FPDF_PAGEOBJ_PATH:
            counts["drawings"] += 1
        elif page_object.type == pdfium.FPDF_PAGEOBJ_TEXT:
            mode = pdfium.FPDFTextObj_GetTextRenderMode(page_object)
            counts["invisible_texts" if mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE else "visible_texts"] += 1
    return _PageObjects(picture_share=picture_share, **counts)


def _measure_area(page_object: pypdfium2.PdfObject) -> float:
    try:
        left, bottom, right, top = page_object.get_bounds()
    except pypdfium2.PdfiumError:
        return 0.0
    return float(max(0.0, right - left) * max(0.0, top - bottom))


def _measure_unmapped_share(textpage: pypdfium2.PdfTextPage) -> float:
    """Return the share of characters without a Unicode value in the font (no ToUnicode entry)."""
    count = min(textpage.count_chars(), _SAMPLE_SIZE)
    handle = unchecked_pdfium.get_handle(textpage)
    errors = Counter(map(unchecked_pdfium.has_unicode_map_error, repeat(handle), range(count)))
    return errors[1] / count if count else 0.0

"""Where a PDF page's characters stand, on the page as it is shown: cropped and turned."""

import math
import unicodedata
from collections.abc import Callable, Iterator
from ctypes import byref, c_double
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from functions.runtime.documents.model import Placed

#: Left, bottom, right, top, as PDF has it.
Bounds = tuple[float, float, float, float]
_EVERYWHERE = -math.inf, -math.inf, math.inf, math.inf
#: Side by side is what shares so much of the smaller one's height.
_SHARED = 0.3
#: The cosine of five degrees.
_LEVEL = 0.996


@dataclass(frozen=True)
class Frame:
    """The part of the PDF's plane that a page shows, and by how many quarters it is turned clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    quarters: int

    @classmethod
    def of(cls, page: pypdfium2.PdfPage) -> "Frame":
        left, bottom, right, top = page.get_bbox()
        return cls(left, bottom, right, top, page.get_rotation() // 90)

    def shows(self, bounds: Bounds) -> bool:
        """Whether any of it is on the page."""
        left, bottom, right, top = bounds
        return max(left, self.left) < min(right, self.right) and max(bottom, self.bottom) < min(top, self.top)

    def upright(self, bounds: Bounds) -> Bounds:
        """Left, top, right and bottom from the top left of the page."""
        left, bottom, right, top = bounds
        if self.quarters == 1:
            return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
        if self.quarters == 2:  # noqa: PLR2004  # turned by two quarters
            return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
        if self.quarters:
            return self.top - top, self.right - right, self.top - bottom, self.right - left
        return left - self.left, self.top - top, right - self.left, self.top - bottom


def glyphs(textpage: pypdfium2.PdfTextPage, frame: Frame, *, shown: bool) -> Iterator[Placed]:
    """Every character that pdfium has, in its order, or only those with ink on the page.

    White space has places of no meaning. There is a line feed wherever writing goes on above or below.
    """
    ample, tight = _ample(textpage), _tight(textpage)
    raw, unicode = textpage.raw, pdfium.FPDFText_GetUnicode
    before = _EVERYWHERE
    for index in range(textpage.count_chars()):
        character = chr(unicode(raw, index))
        space = character.isspace()
        if character == "\0" or (shown and not space and not frame.shows(tight(index))):
            continue
        bounds = ample(index)
        if not space:
            if not _sound(bounds):
                bounds = tight(index)
            if _elsewhere(before, bounds) and _lies(textpage, index, character):
                yield Placed("\n", *_EVERYWHERE)
            before = bounds
        yield Placed(character, *frame.upright(bounds))


def _elsewhere(a: Bounds, b: Bounds) -> bool:
    """Whether these two are above each other rather than side by side."""
    return min(a[3], b[3]) - max(a[1], b[1]) < _SHARED * min(a[3] - a[1], b[3] - b[1])


def _lies(textpage: pypdfium2.PdfTextPage, index: int, character: str) -> bool:
    """Whether this is written from left to right: no accent, not turned, nor, as Chinese may be, from top to bottom."""
    if unicodedata.combining(character) or unicodedata.east_asian_width(character) in "WF":
        return False
    return math.cos(pdfium.FPDFText_GetCharAngle(textpage, index)) > _LEVEL


def _sound(bounds: Bounds) -> bool:
    left, bottom, right, top = bounds
    return -math.inf < left < right < math.inf and -math.inf < bottom < top < math.inf


def _ample(textpage: pypdfium2.PdfTextPage) -> Callable[[int], Bounds]:
    """As high as the font, so that a dot is as high as a letter. One rectangle serves all: there are many."""
    raw, box = textpage.raw, pdfium.FS_RECTF()
    reference, ask = byref(box), pdfium.FPDFText_GetLooseCharBox

    def bounds(index: int) -> Bounds:
        ask(raw, index, reference)
        return box.left, box.bottom, box.right, box.top

    return bounds


def _tight(textpage: pypdfium2.PdfTextPage) -> Callable[[int], Bounds]:
    """Around the ink."""
    raw, ask = textpage.raw, pdfium.FPDFText_GetCharBox
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    references = byref(left), byref(right), byref(bottom), byref(top)

    def bounds(index: int) -> Bounds:
        ask(raw, index, *references)
        return left.value, bottom.value, right.value, top.value

    return bounds

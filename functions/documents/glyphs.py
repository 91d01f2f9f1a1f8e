"""Characters of a PDF page with their positions on the visible page, which can be cropped and rotated."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from ctypes import byref, c_double
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from functions.documents import unchecked_pdfium
from functions.documents.model import PositionedText

#: Left, bottom, right and top, in the coordinates of the PDF: y grows upwards.
Bounds = tuple[float, float, float, float]
#: A text, the index of its first character, and its bounds.
_IndexedText = tuple[str, int, Bounds]
_RUN = re.compile(r"\s|\S+")
#: The bounds of white space, whose position is not needed.
_UNBOUNDED = -math.inf, -math.inf, math.inf, math.inf
#: Two texts are in the same line if they share at least this part of the smaller height.
_SHARED_HEIGHT = 0.3
#: Text is horizontal if the cosine of its angle is larger: up to five degrees.
_HORIZONTAL_COSINE = 0.996


class PositionUnknown(Exception):  # noqa: N818  # a property of the text, not an error
    """Raised if pdfium does not know the position of a character."""


@dataclass(frozen=True)
class VisibleArea:
    """The visible part of a page in PDF coordinates, and its rotation in quarter turns clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    quarter_turns: int

    @classmethod
    def from_page(cls, page: pypdfium2.PdfPage) -> "VisibleArea":
        left, bottom, right, top = page.get_bbox()
        return cls(left, bottom, right, top, page.get_rotation() // 90)

    def is_visible(self, bounds: Bounds) -> bool:
        """Return whether a part of the bounds is in the visible area."""
        left, bottom, right, top = bounds
        return max(left, self.left) < min(right, self.right) and max(bottom, self.bottom) < min(top, self.top)

    def to_page_box(self, bounds: Bounds) -> Bounds:
        """Return left, top, right and bottom, measured from the top left corner of the upright page."""
        left, bottom, right, top = bounds
        if self.quarter_turns == 1:
            return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
        if self.quarter_turns == 2:  # noqa: PLR2004  # upside down
            return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
        if self.quarter_turns:
            return self.top - top, self.right - right, self.top - bottom, self.right - left
        return left - self.left, self.top - top, right - self.left, self.top - bottom


def extract_glyphs(
    textpage: pypdfium2.PdfTextPage, area: VisibleArea, *, visible_only: bool
) -> Iterator[PositionedText]:
    """Yield the characters of a page in the order of the PDF. Raise PositionUnknown if a position is missing.

    With `visible_only`, yield only characters with ink on the page, one by one. Otherwise, characters that were written
    together come as one text. White space has no meaningful position. A line feed comes before text above or below the
    preceding text.
    """
    previous = _UNBOUNDED
    for text, index, bounds in _iterate_visible(textpage, area) if visible_only else _iterate_runs(textpage):
        if text.isspace():
            yield PositionedText(text, *_UNBOUNDED)
            continue
        if not _is_same_line(previous, bounds) and _is_horizontal(textpage, index, text[0]):
            yield PositionedText("\n", *_UNBOUNDED)
        previous = bounds
        yield PositionedText(text, *area.to_page_box(bounds))


def _iterate_visible(textpage: pypdfium2.PdfTextPage, area: VisibleArea) -> Iterator[_IndexedText]:
    get_ink_bounds = _make_ink_bounds_getter(textpage)
    for character in _iterate_characters(textpage, 0, textpage.count_chars()):
        text, index, _ = character
        if text.isspace() or area.is_visible(get_ink_bounds(index)):
            yield character


def _iterate_characters(textpage: pypdfium2.PdfTextPage, start: int, end: int) -> Iterator[_IndexedText]:
    get_font_bounds, get_ink_bounds = _make_font_bounds_getter(textpage), _make_ink_bounds_getter(textpage)
    handle = unchecked_pdfium.get_handle(textpage)
    for index in range(start, end):
        character = chr(unchecked_pdfium.get_unicode(handle, index))
        if character.isspace():
            yield character, index, _UNBOUNDED
        elif character != "\0":
            bounds = get_font_bounds(index)
            yield character, index, bounds if _is_valid(bounds) else get_ink_bounds(index)


def _iterate_runs(textpage: pypdfium2.PdfTextPage) -> Iterator[_IndexedText]:
    """Yield texts without white space inside. Asking pdfium for each character takes five times as long."""
    text, count = textpage.get_text_range(), textpage.count_chars()
    if len(text) != count:
        yield from _iterate_characters(textpage, 0, count)
        return
    get_font_bounds, get_run_bounds = _make_font_bounds_getter(textpage), _make_run_bounds_getter(textpage)
    for match in _RUN.finditer(text):
        run, start, end = match[0], match.start(), match.end()
        if run.isspace():
            yield run, start, _UNBOUNDED
        elif bounds := get_run_bounds(start, end - start):
            # The ink of a run can be lower than its line. The font bounds of its outer characters add the height of the
            # line and the space around these characters.
            outer = _enclose(_enclose(bounds, get_font_bounds(start)), get_font_bounds(end - 1))
            yield run, start, outer
        else:
            yield from _iterate_characters(textpage, start, end)


def _enclose(ink: Bounds, font: Bounds) -> Bounds:
    """Return the bounds around both, or the ink bounds alone if the font bounds are invalid."""
    if not _is_valid(font):
        return ink
    return min(ink[0], font[0]), min(ink[1], font[1]), max(ink[2], font[2]), max(ink[3], font[3])


def _is_same_line(a: Bounds, b: Bounds) -> bool:
    """Return whether the two are side by side, rather than one above the other."""
    return min(a[3], b[3]) - max(a[1], b[1]) >= _SHARED_HEIGHT * min(a[3] - a[1], b[3] - b[1])


def _is_horizontal(textpage: pypdfium2.PdfTextPage, index: int, character: str) -> bool:
    """Return whether the text runs from left to right.

    Return False for rotated text, for accents, and for East Asian characters, which can run from top to bottom.
    """
    if unicodedata.combining(character) or unicodedata.east_asian_width(character) in "WF":
        return False
    angle = unchecked_pdfium.get_char_angle(unchecked_pdfium.get_handle(textpage), index)
    return math.cos(angle) > _HORIZONTAL_COSINE


def _is_valid(bounds: Bounds) -> bool:
    left, bottom, right, top = bounds
    return -math.inf < left < right < math.inf and -math.inf < bottom < top < math.inf


# The following functions return functions that reuse one buffer for all characters of a page: there can be thousands.


def _make_font_bounds_getter(textpage: pypdfium2.PdfTextPage) -> Callable[[int], Bounds]:
    """Return a function that returns bounds as high as the font, so that a dot is as high as a letter."""
    handle, box = unchecked_pdfium.get_handle(textpage), pdfium.FS_RECTF()
    reference, get_loose_char_box = byref(box), unchecked_pdfium.get_loose_char_box

    def get_bounds(index: int) -> Bounds:
        if not get_loose_char_box(handle, index, reference):
            # The buffer still contains the bounds of another character.
            raise PositionUnknown
        return box.left, box.bottom, box.right, box.top

    return get_bounds


def _make_ink_bounds_getter(textpage: pypdfium2.PdfTextPage) -> Callable[[int], Bounds]:
    """Return a function that returns the bounds of a character's ink."""
    handle, get_char_box = unchecked_pdfium.get_handle(textpage), unchecked_pdfium.get_char_box
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    references = byref(left), byref(right), byref(bottom), byref(top)

    def get_bounds(index: int) -> Bounds:
        if not get_char_box(handle, index, *references):
            raise PositionUnknown
        return left.value, bottom.value, right.value, top.value

    return get_bounds


def _make_run_bounds_getter(textpage: pypdfium2.PdfTextPage) -> Callable[[int, int], Bounds | None]:
    """Return a function that returns the bounds of the ink of several characters, or None if they are not together."""
    handle = unchecked_pdfium.get_handle(textpage)
    count_rects, get_rect = unchecked_pdfium.count_rects, unchecked_pdfium.get_rect
    left, top, right, bottom = c_double(), c_double(), c_double(), c_double()
    references = byref(left), byref(top), byref(right), byref(bottom)

    def get_bounds(start: int, length: int) -> Bounds | None:
        if count_rects(handle, start, length) != 1 or not get_rect(handle, 0, *references):
            return None
        bounds = left.value, bottom.value, right.value, top.value
        return bounds if _is_valid(bounds) else None

    return get_bounds

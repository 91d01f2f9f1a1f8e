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
_WORD_OR_SPACE = re.compile(r"\s|\S+")
#: The bounds of white space. Its real position is not needed.
_UNKNOWN_BOUNDS = -math.inf, -math.inf, math.inf, math.inf
#: The smallest vertical overlap of texts in the same line, as a share of the smaller height.
_SHARED_HEIGHT = 0.3
#: The cosine of five degrees, the largest angle of horizontal text.
_HORIZONTAL_COSINE = 0.996


class PositionUnknown(Exception):  # noqa: N818  # a property of the text, not an error
    """A character whose position pdfium does not know."""


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
        """Return left, top, right and bottom in points from the top left corner of the upright page."""
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

    With `visible_only`, yield only characters with ink in the visible area, one by one. Otherwise, yield runs of
    characters without white space as one text each. White space has infinite bounds. A line feed precedes horizontal
    text that is not in the same line as the text before it.
    """
    previous_bounds = _UNKNOWN_BOUNDS
    for text, index, bounds in _iterate_visible(textpage, area) if visible_only else _iterate_runs(textpage):
        if text.isspace():
            yield PositionedText(text, *_UNKNOWN_BOUNDS)
            continue
        if not _is_same_line(previous_bounds, bounds) and _is_horizontal(textpage, index, text[0]):
            yield PositionedText("\n", *_UNKNOWN_BOUNDS)
        previous_bounds = bounds
        yield PositionedText(text, *area.to_page_box(bounds))


def _iterate_visible(textpage: pypdfium2.PdfTextPage, area: VisibleArea) -> Iterator[_IndexedText]:
    get_ink_bounds = _make_ink_bounds_getter(textpage)
    for character in _iterate_characters(textpage, 0, textpage.count_chars()):
        text, index, _ = character
        if text.isspace() or area.is_visible(get_ink_bounds(index)):
            yield character


def _iterate_characters(textpage: pypdfium2.PdfTextPage, start: int, end: int) -> Iterator[_IndexedText]:
    """Yield the characters from index `start` to `end` - 1, with the bounds of the font or else of the ink."""
    get_font_bounds, get_ink_bounds = _make_font_bounds_getter(textpage), _make_ink_bounds_getter(textpage)
    handle = unchecked_pdfium.get_handle(textpage)
    for index in range(start, end):
        character = chr(unchecked_pdfium.get_unicode(handle, index))
        if character.isspace():
            yield character, index, _UNKNOWN_BOUNDS
        elif character != "\0":
            bounds = get_font_bounds(index)
            yield character, index, bounds if _is_valid(bounds) else get_ink_bounds(index)


def _iterate_runs(textpage: pypdfium2.PdfTextPage) -> Iterator[_IndexedText]:
    """Yield runs of characters without white space. One request to pdfium per character takes five times as long."""
    text, count = textpage.get_text_range(), textpage.count_chars()
    if len(text) != count:
        yield from _iterate_characters(textpage, 0, count)
        return
    get_font_bounds, get_run_bounds = _make_font_bounds_getter(textpage), _make_run_bounds_getter(textpage)
    for match in _WORD_OR_SPACE.finditer(text):
        run, start, end = match[0], match.start(), match.end()
        if run.isspace():
            yield run, start, _UNKNOWN_BOUNDS
        elif bounds := get_run_bounds(start, end - start):
            # The ink of a run, for example of a dash, can be lower than the line. The font bounds of the first and last
            # character have the height of the line.
            yield run, start, _enclose(_enclose(bounds, get_font_bounds(start)), get_font_bounds(end - 1))
        else:
            yield from _iterate_characters(textpage, start, end)


def _enclose(ink: Bounds, font: Bounds) -> Bounds:
    """Return the bounds around ink and font bounds, or the ink bounds alone if the font bounds are invalid."""
    if not _is_valid(font):
        return ink
    return min(ink[0], font[0]), min(ink[1], font[1]), max(ink[2], font[2]), max(ink[3], font[3])


def _is_same_line(first: Bounds, second: Bounds) -> bool:
    """Return whether the vertical ranges of two texts overlap enough for one line."""
    (_, bottom, _, top), (_, other_bottom, _, other_top) = first, second
    shared_height = min(top, other_top) - max(bottom, other_bottom)
    return shared_height >= _SHARED_HEIGHT * min(top - bottom, other_top - other_bottom)


def _is_horizontal(textpage: pypdfium2.PdfTextPage, index: int, character: str) -> bool:
    """Return whether the text runs from left to right.

    Return False for rotated text, for accents, and for East Asian characters, because these can run from top to bottom.
    """
    if unicodedata.combining(character) or unicodedata.east_asian_width(character) in "WF":
        return False
    angle = unchecked_pdfium.get_char_angle(unchecked_pdfium.get_handle(textpage), index)
    return math.cos(angle) > _HORIZONTAL_COSINE


def _is_valid(bounds: Bounds) -> bool:
    left, bottom, right, top = bounds
    return -math.inf < left < right < math.inf and -math.inf < bottom < top < math.inf


# The following functions return functions that reuse one buffer, because a page can have thousands of characters.


def _make_font_bounds_getter(textpage: pypdfium2.PdfTextPage) -> Callable[[int], Bounds]:
    """Return a function that returns the bounds of a character with the height of its font, even for a dot."""
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
    """Return a function that returns the ink bounds of successive characters, or None if pdfium has no single box."""
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

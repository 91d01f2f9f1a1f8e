"""Where a PDF page's characters stand, on the page as it is shown: cropped and turned."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from ctypes import byref, c_double
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from functions.documents import unchecked
from functions.documents.model import Placed

#: Left, bottom, right, top, as PDF has it.
Bounds = tuple[float, float, float, float]
#: Text, the index of its first character, and where it stands.
_Found = tuple[str, int, Bounds]
_RUN = re.compile(r"\s|\S+")
_EVERYWHERE = -math.inf, -math.inf, math.inf, math.inf
#: Side by side is what shares so much of the smaller one's height.
_SHARED = 0.3
#: The cosine of five degrees.
_LEVEL = 0.996


class Unplaced(Exception):  # noqa: N818  # it names the state of the text
    """pdfium does not say where a character stands."""


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

    White space has places of no meaning. There is a line feed wherever writing goes on above or below. Where all are
    asked for, characters that were written together come together. Raises Unplaced.
    """
    before = _EVERYWHERE
    for text, index, bounds in _shown(textpage, frame) if shown else _together(textpage):
        if text.isspace():
            yield Placed(text, *_EVERYWHERE)
            continue
        if _elsewhere(before, bounds) and _lies(textpage, index, text[0]):
            yield Placed("\n", *_EVERYWHERE)
        before = bounds
        yield Placed(text, *frame.upright(bounds))


def _shown(textpage: pypdfium2.PdfTextPage, frame: Frame) -> Iterator[_Found]:
    tight = _tight(textpage)
    for found in _apart(textpage, 0, textpage.count_chars()):
        if found[0].isspace() or frame.shows(tight(found[1])):
            yield found


def _apart(textpage: pypdfium2.PdfTextPage, start: int, end: int) -> Iterator[_Found]:
    """One by one."""
    ample, tight, handle = _ample(textpage), _tight(textpage), unchecked.handle(textpage)
    for index in range(start, end):
        character = chr(unchecked.get_unicode(handle, index))
        if character.isspace():
            yield character, index, _EVERYWHERE
        elif character != "\0":
            bounds = ample(index)
            yield character, index, bounds if _sound(bounds) else tight(index)


def _together(textpage: pypdfium2.PdfTextPage) -> Iterator[_Found]:
    """By what white space parts: to ask for each character takes five times as long."""
    text, count = textpage.get_text_range(), textpage.count_chars()
    if len(text) != count:
        yield from _apart(textpage, 0, count)
        return
    ample, whole = _ample(textpage), _whole(textpage)
    for found in _RUN.finditer(text):
        run, start, end = found[0], found.start(), found.end()
        if run.isspace():
            yield run, start, _EVERYWHERE
        elif bounds := whole(start, end - start):
            # As high as a line is, and not as these letters happen to be; and all the room that the outer ones take.
            yield run, start, _around(_around(bounds, ample(start)), ample(end - 1))
        else:
            yield from _apart(textpage, start, end)


def _around(ink: Bounds, ample: Bounds) -> Bounds:
    if not _sound(ample):
        return ink
    return min(ink[0], ample[0]), min(ink[1], ample[1]), max(ink[2], ample[2]), max(ink[3], ample[3])


def _elsewhere(a: Bounds, b: Bounds) -> bool:
    """Whether these two are above each other rather than side by side."""
    return min(a[3], b[3]) - max(a[1], b[1]) < _SHARED * min(a[3] - a[1], b[3] - b[1])


def _lies(textpage: pypdfium2.PdfTextPage, index: int, character: str) -> bool:
    """Whether this is written from left to right: no accent, not turned, nor, as Chinese may be, from top to bottom."""
    if unicodedata.combining(character) or unicodedata.east_asian_width(character) in "WF":
        return False
    return math.cos(unchecked.get_char_angle(unchecked.handle(textpage), index)) > _LEVEL


def _sound(bounds: Bounds) -> bool:
    left, bottom, right, top = bounds
    return -math.inf < left < right < math.inf and -math.inf < bottom < top < math.inf


def _ample(textpage: pypdfium2.PdfTextPage) -> Callable[[int], Bounds]:
    """As high as the font, so that a dot is as high as a letter. One rectangle serves all: there are many."""
    handle, box = unchecked.handle(textpage), pdfium.FS_RECTF()
    reference, ask = byref(box), unchecked.get_loose_char_box

    def bounds(index: int) -> Bounds:
        if not ask(handle, index, reference):
            raise Unplaced  # and not where the one before it stands, which is still in the rectangle
        return box.left, box.bottom, box.right, box.top

    return bounds


def _tight(textpage: pypdfium2.PdfTextPage) -> Callable[[int], Bounds]:
    """Around the ink."""
    handle, ask = unchecked.handle(textpage), unchecked.get_char_box
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    references = byref(left), byref(right), byref(bottom), byref(top)

    def bounds(index: int) -> Bounds:
        if not ask(handle, index, *references):
            raise Unplaced
        return left.value, bottom.value, right.value, top.value

    return bounds


def _whole(textpage: pypdfium2.PdfTextPage) -> Callable[[int, int], Bounds | None]:
    """Around the ink of several characters that were written at once; nothing where they were not."""
    handle, count, ask = unchecked.handle(textpage), unchecked.count_rects, unchecked.get_rect
    left, top, right, bottom = c_double(), c_double(), c_double(), c_double()
    references = byref(left), byref(top), byref(right), byref(bottom)

    def bounds(start: int, length: int) -> Bounds | None:
        if count(handle, start, length) != 1 or not ask(handle, 0, *references):
            return None
        found = left.value, bottom.value, right.value, top.value
        return found if _sound(found) else None

    return bounds

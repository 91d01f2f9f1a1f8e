"""pdfium's functions that are asked about every character of a page, without what ctypes does besides.

It looks at the type of each argument, which takes longer than the functions themselves. So here it is on the caller
to give what they take: `handle`s, whole numbers, and references made by `byref`.
"""

from collections.abc import Callable
from ctypes import CFUNCTYPE, c_float, c_int, c_void_p, cast
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium


def handle(textpage: pypdfium2.PdfTextPage) -> c_void_p:
    """For as long as the text page lives."""
    return cast(textpage.raw, c_void_p)


def _unchecked(function: Callable[..., Any], answer: type[c_int | c_float] = c_int) -> Callable[..., Any]:
    return CFUNCTYPE(answer)(cast(function, c_void_p).value)  # type: ignore[arg-type]  # any function of ctypes


count_rects = _unchecked(pdfium.FPDFText_CountRects)
get_rect = _unchecked(pdfium.FPDFText_GetRect)
get_char_box = _unchecked(pdfium.FPDFText_GetCharBox)
get_loose_char_box = _unchecked(pdfium.FPDFText_GetLooseCharBox)
get_char_angle = _unchecked(pdfium.FPDFText_GetCharAngle, c_float)
get_unicode = _unchecked(pdfium.FPDFText_GetUnicode)
has_unicode_map_error = _unchecked(pdfium.FPDFText_HasUnicodeMapError)

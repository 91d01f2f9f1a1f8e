"""Functions of pdfium without the argument checks of ctypes.

The extraction of text calls these functions for each character, and the checks would take longer than the functions.
Callers must pass valid arguments: handles from `get_handle`, integers, and references from `ctypes.byref`.
"""

from collections.abc import Callable
from ctypes import CFUNCTYPE, c_float, c_int, c_void_p, cast
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium


def get_handle(textpage: pypdfium2.PdfTextPage) -> c_void_p:
    """Return the handle of a text page. The handle is valid as long as the text page exists."""
    return cast(textpage.raw, c_void_p)


def _remove_checks(function: Callable[..., Any], result: type[c_int | c_float] = c_int) -> Callable[..., Any]:
    """Return a function of pdfium without argument checks. `result` is its return type in C."""
    return CFUNCTYPE(result)(cast(function, c_void_p).value)  # type: ignore[arg-type]  # ctypes accepts any address


count_rects = _remove_checks(pdfium.FPDFText_CountRects)
get_rect = _remove_checks(pdfium.FPDFText_GetRect)
get_char_box = _remove_checks(pdfium.FPDFText_GetCharBox)
get_loose_char_box = _remove_checks(pdfium.FPDFText_GetLooseCharBox)
get_char_angle = _remove_checks(pdfium.FPDFText_GetCharAngle, c_float)
get_unicode = _remove_checks(pdfium.FPDFText_GetUnicode)
has_unicode_map_error = _remove_checks(pdfium.FPDFText_HasUnicodeMapError)

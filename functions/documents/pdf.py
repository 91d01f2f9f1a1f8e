"""PDFs as documents: by pdfium, which is called from one thread only, as there is no other in the sandbox."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from math import sqrt
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from functions.documents.model import Raster, Size, TextLayer
from functions.documents.trust import text_layer
from functions.runtime.sandbox.problem import DocumentProblem

_POINTS_PER_INCH = 72


class PdfDocument:
    """A PDF, opened without a password."""

    def __init__(self, document: BinaryIO) -> None:
        try:
            self._pdf = pypdfium2.PdfDocument(document)
        except pypdfium2.PdfiumError as error:
            if error.err_code == pdfium.FPDF_ERR_PASSWORD:
                raise DocumentProblem("password_required", "The PDF opens with a password only.") from error
            raise DocumentProblem("damaged_pdf", "The PDF is damaged.") from error
        self.page_count = len(self._pdf)
        if not self.page_count:
            raise DocumentProblem("damaged_pdf", "The PDF has no pages.")
        if self._pdf.get_formtype() != pdfium.FORMTYPE_NONE:
            # Otherwise what was filled in is not shown.
            self._pdf.init_forms()

    def size(self, page: int) -> Size:
        with self._damage_told(page):
            return _size(*self._pdf.get_page_size(page - 1))

    def text(self, page: int, *, places: bool = True) -> TextLayer:
        with self._opened(page) as opened:
            return text_layer(opened, places=places)

    def render(self, page: int, *, max_pixels: int, dpi: int = 300) -> Raster:
        with self._opened(page) as opened:
            size = _size(*opened.get_size())
            # A page may be 14,400 points and more on a side: the size decides before a pixel exists.
            scale = min(dpi / _POINTS_PER_INCH, sqrt(max_pixels / (size.width * size.height)))
            bitmap = opened.render(scale=scale, grayscale=True)
            return Raster(_packed(bitmap), bitmap.width, bitmap.height, max(1, round(scale * _POINTS_PER_INCH)))

    @contextmanager
    def _opened(self, page: int) -> Iterator[pypdfium2.PdfPage]:
        with self._damage_told(page), closing(self._pdf[page - 1]) as opened:
            yield opened

    @contextmanager
    def _damage_told(self, page: int) -> Iterator[None]:
        if not 1 <= page <= self.page_count:
            raise DocumentProblem("damaged_page", f"There is no page {page}.")
        try:
            yield
        except pypdfium2.PdfiumError as error:
            raise DocumentProblem("damaged_page", f"Page {page} of the PDF is damaged.") from error


def _size(width: float, height: float) -> Size:
    if not (width > 0 and height > 0):
        raise DocumentProblem("damaged_page", "The page has no size.")
    return Size(width, height)


def _packed(bitmap: pypdfium2.PdfBitmap) -> bytes:
    """The pixels without pdfium's padding at the end of each row."""
    rows = memoryview(bitmap.buffer).cast("B")
    if bitmap.stride == bitmap.width:
        return rows.tobytes()
    return b"".join(rows[at : at + bitmap.width] for at in range(0, bitmap.height * bitmap.stride, bitmap.stride))

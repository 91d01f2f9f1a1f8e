"""PDFs as documents. pdfium reads them. It is not thread-safe, but each sandbox job uses it in one thread only."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from math import sqrt
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from functions.documents.model import PageSize, Raster, TextLayer
from functions.documents.text_layers import extract_text_layer
from functions.runtime.sandbox.problem import DocumentProblem

_POINTS_PER_INCH = 72


class PdfDocument:
    """A PDF that opens without a password."""

    def __init__(self, document: BinaryIO) -> None:
        try:
            self._pdf = pypdfium2.PdfDocument(document)
        except pypdfium2.PdfiumError as error:
            if error.err_code == pdfium.FPDF_ERR_PASSWORD:
                message = "The PDF needs a password. Upload a copy without a password."
                raise DocumentProblem("password_required", message) from error
            raise DocumentProblem("damaged_pdf", "The PDF is damaged. Upload an intact copy.") from error
        self.page_count = len(self._pdf)
        if not self.page_count:
            raise DocumentProblem("damaged_pdf", "The PDF has no pages. Upload an intact copy.")
        if self._pdf.get_formtype() != pdfium.FORMTYPE_NONE:
            # Without this call, pdfium does not render the values in form fields.
            self._pdf.init_forms()

    def get_page_size(self, page: int) -> PageSize:
        with self._translate_errors(page):
            return _to_page_size(*self._pdf.get_page_size(page - 1))

    def extract_text_layer(self, page: int, *, with_positions: bool = True) -> TextLayer:
        with self._open_page(page) as pdf_page:
            return extract_text_layer(pdf_page, with_positions=with_positions)

    def render_page(self, page: int, *, max_pixels: int, dpi: int = 300) -> Raster:
        with self._open_page(page) as pdf_page:
            size = _to_page_size(*pdf_page.get_size())
            # A page can be 14,400 points wide or more. So the scale is limited before memory for pixels is allocated.
            scale = min(dpi / _POINTS_PER_INCH, sqrt(max_pixels / (size.width * size.height)))
            bitmap = pdf_page.render(scale=scale, grayscale=True)
            page_dpi = max(1, round(scale * _POINTS_PER_INCH))
            return Raster(_remove_padding(bitmap), bitmap.width, bitmap.height, page_dpi)

    @contextmanager
    def _open_page(self, page: int) -> Iterator[pypdfium2.PdfPage]:
        with self._translate_errors(page), closing(self._pdf[page - 1]) as pdf_page:
            yield pdf_page

    @contextmanager
    def _translate_errors(self, page: int) -> Iterator[None]:
        """Raise DocumentProblem if the page does not exist. Convert errors of pdfium to DocumentProblem."""
        if not 1 <= page <= self.page_count:
            raise DocumentProblem("damaged_page", f"Page {page} does not exist. The last page is {self.page_count}.")
        try:
            yield
        except pypdfium2.PdfiumError as error:
            raise DocumentProblem("damaged_page", f"Page {page} of the PDF is damaged.") from error


def _to_page_size(width: float, height: float) -> PageSize:
    if not (width > 0 and height > 0):
        raise DocumentProblem("damaged_page", "The page has no area, so it cannot be rendered.")
    return PageSize(width, height)


def _remove_padding(bitmap: pypdfium2.PdfBitmap) -> bytes:
    """Return the pixels without the padding that pdfium adds to each row."""
    pixels = memoryview(bitmap.buffer).cast("B")
    if bitmap.stride == bitmap.width:
        return pixels.tobytes()
    starts = range(0, bitmap.height * bitmap.stride, bitmap.stride)
    return b"".join(pixels[start : start + bitmap.width] for start in starts)

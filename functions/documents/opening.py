"""Opening a document of any kind."""

from typing import BinaryIO

from functions.documents.image import ImageDocument
from functions.documents.model import IMAGE_PIXELS, Document
from functions.documents.pdf import PdfDocument


def open_document(document: BinaryIO, media_type: str, *, image_pixels: int = IMAGE_PIXELS) -> Document:
    """Open what `sniff.media_type` recognised. Raises DocumentProblem. Call it inside the sandbox only."""
    if media_type == "application/pdf":
        return PdfDocument(document)
    return ImageDocument(document, media_type, image_pixels)

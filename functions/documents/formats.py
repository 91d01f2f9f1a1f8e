"""Open a document with the parser for its format."""

from typing import BinaryIO

from functions.documents.image import ImageDocument
from functions.documents.model import MAX_IMAGE_PIXELS, OpenedDocument
from functions.documents.pdf import PdfDocument


def open_document(document: BinaryIO, media_type: str, *, max_image_pixels: int = MAX_IMAGE_PIXELS) -> OpenedDocument:
    """Open a document whose media type `detect_media_type` returned. Raise DocumentProblem if it cannot be opened.

    Call this only in the sandbox.
    """
    if media_type == "application/pdf":
        return PdfDocument(document)
    return ImageDocument(document, media_type, max_image_pixels)

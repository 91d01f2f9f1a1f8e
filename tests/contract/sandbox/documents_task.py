"""A sandbox task that opens a document and processes it like intake and engines."""

from typing import BinaryIO

from pydantic import BaseModel

from functions.documents.formats import open_document
from functions.documents.media_types import HEAD_BYTES, detect_media_type
from functions.runtime.sandbox.problem import DocumentProblem

TASK = f"{__name__}:inspect_document"


class EmptyRequest(BaseModel):
    """A request without parameters."""


class PageFacts(BaseModel):
    """Facts about a page."""

    width: int
    height: int
    shape: float
    dark: float
    text: str
    trusted: bool
    why: str


class DocumentFacts(BaseModel):
    """Facts about a document."""

    media_type: str
    pages: tuple[PageFacts, ...]


def inspect_document(_request: bytes, document: BinaryIO) -> tuple[DocumentFacts, bytes]:
    """Open a document. Measure and render every page and read its text layer."""
    found = detect_media_type(document.read(HEAD_BYTES))
    document.seek(0)
    if found is None:
        raise DocumentProblem("unsupported_type", "The file is not a document.")
    opened = open_document(document, found)
    pages = []
    for number in range(1, opened.page_count + 1):
        size, layer = opened.get_page_size(number), opened.extract_text_layer(number)
        raster = opened.render_page(number, max_pixels=4_000_000)
        dark = sum(pixel < 128 for pixel in raster.pixels[::97]) / len(raster.pixels[::97])
        pages.append(
            PageFacts(
                width=raster.width,
                height=raster.height,
                shape=size.width / size.height,
                dark=dark,
                text=layer.text,
                trusted=layer.is_trusted,
                why=layer.why,
            )
        )
    return DocumentFacts(media_type=found, pages=tuple(pages)), b""

"""A task that opens a document and does with it what intake and engines do."""

from typing import BinaryIO

from pydantic import BaseModel

from functions.documents.opening import open_document
from functions.documents.sniff import HEAD_BYTES, media_type
from functions.runtime.sandbox.problem import DocumentProblem

TASK = f"{__name__}:see"


class Nothing(BaseModel):
    """Every page, always."""


class Page(BaseModel):
    """What was seen of a page."""

    width: int
    height: int
    shape: float
    dark: float
    text: str
    trusted: bool
    why: str


class Seen(BaseModel):
    """What was seen of a document."""

    media_type: str
    pages: tuple[Page, ...]


def see(_request: bytes, document: BinaryIO) -> tuple[Seen, bytes]:
    """Open, measure, take the text of and render every page."""
    found = media_type(document.read(HEAD_BYTES))
    document.seek(0)
    if found is None:
        raise DocumentProblem("unsupported_type", "This is no document.")
    opened = open_document(document, found)
    pages = []
    for number in range(1, opened.page_count + 1):
        size, layer = opened.size(number), opened.text(number)
        raster = opened.render(number, max_pixels=4_000_000)
        dark = sum(pixel < 128 for pixel in raster.pixels[::97]) / len(raster.pixels[::97])
        pages.append(
            Page(
                width=raster.width,
                height=raster.height,
                shape=size.width / size.height,
                dark=dark,
                text=layer.text,
                trusted=layer.trusted,
                why=layer.why,
            )
        )
    return Seen(media_type=found, pages=tuple(pages)), b""

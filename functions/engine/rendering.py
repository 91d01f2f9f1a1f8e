"""The sandbox's task for engines: one page as pixels."""

from typing import BinaryIO

from pydantic import BaseModel

from functions.runtime.documents.opening import open_document

TASK = f"{__name__}:render"


class RenderRequest(BaseModel, frozen=True):
    """Which page, and how large at most."""

    media_type: str
    page: int
    max_pixels: int
    image_pixels: int
    dpi: int


class Rendered(BaseModel, frozen=True):
    """What the bytes that come with it are: see documents.model.Raster."""

    width: int
    height: int
    dpi: int


def render(request: bytes, document: BinaryIO) -> tuple[Rendered, bytes]:
    """Runs in the sandbox."""
    wanted = RenderRequest.model_validate_json(request)
    opened = open_document(document, wanted.media_type, image_pixels=wanted.image_pixels)
    raster = opened.render(wanted.page, max_pixels=wanted.max_pixels, dpi=wanted.dpi)
    return Rendered(width=raster.width, height=raster.height, dpi=raster.dpi), raster.pixels

"""The sandbox's task for engines: one page as pixels."""

import time
from typing import BinaryIO

from functions.engine.preparation.look import Look
from functions.engine.request import Rendered, RenderRequest
from functions.runtime.documents.opening import open_document


def render(request: bytes, document: BinaryIO) -> tuple[Rendered, bytes]:
    """Runs in the sandbox."""
    started = time.monotonic()
    wanted = RenderRequest.model_validate_json(request)
    opened = open_document(document, wanted.media_type, image_pixels=wanted.image_pixels)
    raster = opened.render(wanted.page, max_pixels=wanted.max_pixels, dpi=wanted.dpi)
    look = Look(width=raster.width, height=raster.height, dpi=raster.dpi, dpi_stated=True)
    return Rendered(look=look, rendering=time.monotonic() - started), raster.pixels

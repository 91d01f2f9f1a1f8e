"""The sandbox's task for engines: one page as pixels, measured and prepared."""

import time
from typing import BinaryIO

from PIL import Image

from functions.documents.opening import open_document
from functions.engine.preparation.measuring import measure
from functions.engine.preparation.planning import plan
from functions.engine.preparation.treating import treated
from functions.engine.request import Rendered, RenderRequest


def render(request: bytes, document: BinaryIO) -> tuple[Rendered, bytes]:
    """Runs in the sandbox."""
    began = time.monotonic()
    wanted = RenderRequest.model_validate_json(request)
    opened = open_document(document, wanted.media_type, image_pixels=wanted.image_pixels)
    raster = opened.render(wanted.page, max_pixels=wanted.max_pixels, dpi=wanted.dpi)
    rendered = time.monotonic()
    look = measure(raster, wanted.turned)
    treatment = plan(look, max_pixels=wanted.max_pixels, turned=wanted.turned)
    pixels = raster.pixels
    if treatment.steps:
        page = Image.frombuffer("L", (raster.width, raster.height), pixels)
        pixels = treated(page, treatment).tobytes()
    ended = time.monotonic()
    return Rendered(look=look, treatment=treatment, rendering=rendered - began, preparing=ended - rendered), pixels

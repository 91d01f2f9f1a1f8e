"""The render job of engines: render, measure and correct one page. It runs in the sandbox."""

import time
from typing import BinaryIO

from PIL import Image

from functions.documents.formats import open_document
from functions.engine.preparation.correction import apply_corrections
from functions.engine.preparation.correction_plan import plan_corrections
from functions.engine.preparation.image_analysis import measure_page
from functions.engine.render_job import RenderedPage, RenderRequest


def render(request: bytes, document: BinaryIO) -> tuple[RenderedPage, bytes]:
    """Return the description and the pixels of a page. `request` is a RenderRequest as JSON."""
    started_at = time.monotonic()
    job = RenderRequest.model_validate_json(request)
    opened_document = open_document(document, job.media_type, max_image_pixels=job.max_image_pixels)
    raster = opened_document.render_page(job.page, max_pixels=job.max_pixels, dpi=job.dpi)
    rendered_at = time.monotonic()
    measurements = measure_page(raster, job.rotation)
    corrections = plan_corrections(measurements, max_pixels=job.max_pixels, known_rotation=job.rotation)
    pixels = raster.pixels
    if corrections.steps:
        image = Image.frombuffer("L", (raster.width, raster.height), pixels)
        pixels = apply_corrections(image, corrections).tobytes()
    page = RenderedPage(
        measurements=measurements,
        corrections=corrections,
        render_seconds=rendered_at - started_at,
        prepare_seconds=time.monotonic() - rendered_at,
    )
    return page, pixels

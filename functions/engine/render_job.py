"""The request and the result of a render job. This module has no document parsers, so engines can import it."""

from pydantic import BaseModel

from functions.engine.preparation.correction_plan import CorrectionPlan, Rotation
from functions.engine.preparation.measurements import NonNegative, PageMeasurements

RENDER_TASK = "functions.engine.rendering:render"


class RenderRequest(BaseModel, frozen=True):
    """The page to render. `rotation` is None if the orientation is not known yet.

    `max_pixels` limits the rendered page and the prepared page. `max_image_pixels` limits the image in an image file.
    """

    media_type: str
    page: int
    max_pixels: int
    max_image_pixels: int
    dpi: int
    rotation: Rotation | None = None


class RenderedPage(BaseModel, frozen=True, allow_inf_nan=False):
    """A description of the pixels that a job returns: the measurements of the page, and its corrections.

    The pixels are 8-bit gray levels, row by row.
    """

    measurements: PageMeasurements
    corrections: CorrectionPlan = CorrectionPlan()
    render_seconds: NonNegative = 0.0
    prepare_seconds: NonNegative = 0.0

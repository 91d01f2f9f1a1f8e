"""What is asked of the sandbox and what comes back. Apart from the task, so that no function loads a parser itself."""

from pydantic import BaseModel

from functions.engine.preparation.look import Look, NonNegative
from functions.engine.preparation.treatment import Treatment, Turn

TASK = "functions.engine.rendering:render"


class RenderRequest(BaseModel, frozen=True):
    """Which page, how large at most, and by how much to turn it where that is known."""

    media_type: str
    page: int
    max_pixels: int
    image_pixels: int
    dpi: int
    turned: Turn | None = None


class Rendered(BaseModel, frozen=True, allow_inf_nan=False):
    """What the bytes that come with it are: the page of that look, treated like this, row by row in 8-bit gray."""

    look: Look
    treatment: Treatment = Treatment()
    rendering: NonNegative = 0.0
    preparing: NonNegative = 0.0

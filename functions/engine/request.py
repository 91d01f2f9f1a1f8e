"""What is asked of the sandbox and what comes back. Apart from the task, so that no function loads a parser itself."""

from pydantic import BaseModel, Field

TASK = "functions.engine.rendering:render"


class RenderRequest(BaseModel, frozen=True):
    """Which page, and how large at most."""

    media_type: str
    page: int
    max_pixels: int
    image_pixels: int
    dpi: int


class Rendered(BaseModel, frozen=True):
    """What the bytes that come with it are: see documents.model.Raster."""

    width: int = Field(ge=1)
    height: int = Field(ge=1)
    dpi: int = Field(ge=1)

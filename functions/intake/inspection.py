"""The request and the result of a document inspection.

Intake and its sandbox job share these models, so this module imports no parser: parsers run only in the sandbox.
"""

from pydantic import BaseModel

from functions.reading.reading import Block, Line


class TextPositions(BaseModel):
    """The lines and blocks of a page in reading order; boxes are in points from the top left corner of the page."""

    lines: tuple[Line, ...]
    blocks: tuple[Block, ...]


class InspectionRequest(BaseModel):
    """A range of `count` pages to inspect, from `first_page` on. Text layers are only read if `with_text` is set.

    A document with more than `max_pages` is rejected.
    """

    media_type: str
    first_page: int
    count: int
    max_pages: int
    with_text: bool


class InspectedPage(BaseModel):
    """A page with its size in points, or 1 by 1 if the text layer was not read.

    `text` is the text layer, or None if the layer is not used, and `why` is the reason to use it or not.
    `positions_json` is a TextPositions model as JSON text, which needs a tenth of the model's memory. This matters for
    ranges of many pages.
    """

    page: int
    width: int = 1
    height: int = 1
    text: str | None
    positions_json: str | None = None
    why: str


class Inspection(BaseModel):
    """The number of pages in the document, and the pages of the requested range."""

    pages: int
    inspected_pages: tuple[InspectedPage, ...]

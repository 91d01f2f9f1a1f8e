"""What intake wants to know of a document. The parsers that find it out are only in `looking`, inside the sandbox."""

from pydantic import BaseModel

from functions.reading.reading import Block, Line


class Places(BaseModel):
    """A page's lines and blocks, in points from its top left and in the order of its text."""

    lines: tuple[Line, ...]
    blocks: tuple[Block, ...]


class Inspect(BaseModel):
    """Look at `count` pages from `first_page`."""

    media_type: str
    first_page: int
    count: int
    max_pages: int
    text: bool


class PageSeen(BaseModel):
    """One page: its size in points, its text when it has a trustworthy text layer, and why it is to be read so.

    `places` is a Places of that text as JSON, which takes a tenth of the memory: there may be many pages.
    """

    page: int
    width: int = 1
    height: int = 1
    text: str | None
    places: str | None = None
    why: str


class Inspection(BaseModel):
    """How many pages there are, and what was seen of those asked for."""

    pages: int
    seen: tuple[PageSeen, ...]

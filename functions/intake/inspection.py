"""What intake wants to know of a document. Runs in the sandbox: the document is a stranger's."""

from typing import BinaryIO

from pydantic import BaseModel

from functions.runtime.documents import open_document
from functions.runtime.sandbox.problem import DocumentProblem


class Inspect(BaseModel):
    """Look at `count` pages from `first_page`."""

    media_type: str
    first_page: int
    count: int
    max_pages: int
    text: bool


class PageSeen(BaseModel):
    """One page: its text, when it has a trustworthy text layer, and why it is to be read as it is."""

    page: int
    text: str | None
    why: str


class Inspection(BaseModel):
    """How many pages there are, and what was seen of those asked for."""

    pages: int
    seen: tuple[PageSeen, ...]


def inspect(request: bytes, document: BinaryIO) -> tuple[Inspection, bytes]:
    """Count the pages and look at a range of them. Raises DocumentProblem."""
    wanted = Inspect.model_validate_json(request)
    opened = open_document(document, wanted.media_type)
    pages = opened.page_count
    if pages > wanted.max_pages:
        raise DocumentProblem("too_many_pages", f"The document has {pages} pages; {wanted.max_pages} are allowed.")
    last = min(pages, wanted.first_page + wanted.count - 1)
    seen = []
    for page in range(wanted.first_page, last + 1):
        if not wanted.text:
            seen.append(PageSeen(page=page, text=None, why="engines were asked for"))
            continue
        layer = opened.text(page)
        trusted = layer is not None and layer.trusted
        seen.append(
            PageSeen(page=page, text=layer.text if layer and trusted else None, why=layer.why if layer else "an image")
        )
    return Inspection(pages=pages, seen=tuple(seen)), b""

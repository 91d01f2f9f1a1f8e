"""Looking at a document. Runs in the sandbox: the document is a stranger's."""

from typing import BinaryIO

from functions.intake.inspection import Inspect, Inspection, PageSeen
from functions.runtime.documents.model import Document
from functions.runtime.documents.opening import open_document
from functions.runtime.sandbox.problem import DocumentProblem


def inspect(request: bytes, document: BinaryIO) -> tuple[Inspection, bytes]:
    """Count the pages and look at a range of them. Raises DocumentProblem."""
    wanted = Inspect.model_validate_json(request)
    opened = open_document(document, wanted.media_type)
    pages = opened.page_count
    if pages > wanted.max_pages:
        raise DocumentProblem("too_many_pages", f"The document has {pages} pages; {wanted.max_pages} are allowed.")
    last = min(pages, wanted.first_page + wanted.count - 1)
    numbers = range(wanted.first_page, last + 1)
    return Inspection(pages=pages, seen=tuple(_seen(opened, page, text=wanted.text) for page in numbers)), b""


def _seen(document: Document, page: int, *, text: bool) -> PageSeen:
    if not text:
        return PageSeen(page=page, text=None, why="engines were asked for")
    try:
        layer = document.text(page)
    except DocumentProblem as problem:  # one damaged page is no reason to turn the others away
        return PageSeen(page=page, text=None, why=f"no text layer: {problem.reason}")
    size = document.size(page)
    width, height = max(1, round(size.width)), max(1, round(size.height))
    return PageSeen(page=page, width=width, height=height, text=layer.text if layer.trusted else None, why=layer.why)

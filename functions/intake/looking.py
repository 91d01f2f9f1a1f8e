"""Looking at a document. Runs in the sandbox: the document is a stranger's."""

from time import process_time
from typing import BinaryIO

from functions.documents.model import Document, Size, TextLayer
from functions.documents.opening import open_document
from functions.intake.inspection import Inspect, Inspection, PageSeen, Places
from functions.intake.ordering import ordered
from functions.runtime.sandbox.problem import DocumentProblem

#: Words that are put in order on a page: usual ones have 500, those of newspapers 5,000.
_MOST_WORDS = 10_000
#: Seconds of CPU for putting pages in order. A job has 45 for all, and must come to an end, in whatever order.
_PATIENCE_S = 10.0


def inspect(request: bytes, document: BinaryIO) -> tuple[Inspection, bytes]:
    """Count the pages and look at a range of them. Raises DocumentProblem."""
    wanted = Inspect.model_validate_json(request)
    opened = open_document(document, wanted.media_type)
    pages = opened.page_count
    if pages > wanted.max_pages:
        raise DocumentProblem("too_many_pages", f"The document has {pages} pages; {wanted.max_pages} are allowed.")
    last = min(pages, wanted.first_page + wanted.count - 1)
    began, seen = process_time(), []
    for page in range(wanted.first_page, last + 1):
        in_time = process_time() - began < _PATIENCE_S
        seen.append(_seen(opened, page, text=wanted.text, most_words=_MOST_WORDS if in_time else 0))
    return Inspection(pages=pages, seen=tuple(seen)), b""


def _seen(document: Document, page: int, *, text: bool, most_words: int) -> PageSeen:
    if not text:
        return PageSeen(page=page, text=None, why="engines were asked for")
    try:
        layer = document.text(page, places=most_words > 0)
    except DocumentProblem as problem:  # one damaged page is no reason to turn the others away
        return PageSeen(page=page, text=None, why=f"no text layer: {problem.reason}")
    size = document.size(page)
    seen = PageSeen(
        page=page, width=max(1, round(size.width)), height=max(1, round(size.height)), text=None, why=layer.why
    )
    return _in_order(seen, layer, size, most_words) if layer.trusted else seen


def _in_order(seen: PageSeen, layer: TextLayer, size: Size, most_words: int) -> PageSeen:
    found = ordered(layer, size, most_words=most_words)
    why = f"{layer.why}, in the order of the PDF: {found.why}" if found.why else layer.why
    places = Places(lines=found.lines, blocks=found.blocks).model_dump_json() if found.lines else None
    return seen.model_copy(update={"text": found.text, "places": places, "why": why})

"""The job that inspects a document. It runs in the sandbox, because the document can be malicious."""

from time import process_time
from typing import BinaryIO

from functions.documents.formats import open_document
from functions.documents.model import OpenedDocument, PageSize, TextLayer
from functions.intake.inspection import InspectedPage, Inspection, InspectionRequest, TextPositions
from functions.intake.text_order import order_text
from functions.runtime.sandbox.problem import DocumentProblem

#: The most words that are put in reading order on one page. Usual pages have 500 words, newspaper pages 5,000.
_MAX_WORDS = 10_000
#: Seconds of CPU time for reading order in one job. After that, pages keep the order of the PDF, so that the job ends
#: within its limit of 45 seconds.
_ORDERING_SECONDS = 10.0


def inspect_document(request: bytes, document: BinaryIO) -> tuple[Inspection, bytes]:
    """Count the pages and inspect the requested range. Raise DocumentProblem if the document cannot be read."""
    wanted = InspectionRequest.model_validate_json(request)
    opened = open_document(document, wanted.media_type)
    pages = opened.page_count
    if pages > wanted.max_pages:
        message = f"The document has {pages} pages, and {wanted.max_pages} are allowed. Split it and upload the parts."
        raise DocumentProblem("too_many_pages", message)
    last_page = min(pages, wanted.first_page + wanted.count - 1)
    started, inspected = process_time(), []
    for page in range(wanted.first_page, last_page + 1):
        has_time = process_time() - started < _ORDERING_SECONDS
        max_words = _MAX_WORDS if has_time else 0
        inspected.append(_inspect_page(opened, page, with_text=wanted.with_text, max_words=max_words))
    return Inspection(pages=pages, inspected_pages=tuple(inspected)), b""


def _inspect_page(document: OpenedDocument, page: int, *, with_text: bool, max_words: int) -> InspectedPage:
    if not with_text:
        return InspectedPage(page=page, text=None, why="the upload names engines")
    try:
        layer = document.extract_text_layer(page, with_positions=max_words > 0)
    except DocumentProblem as problem:  # the other pages of the document can still be good
        return InspectedPage(page=page, text=None, why=f"no text layer: {problem.reason}")
    size = document.get_page_size(page)
    inspected = InspectedPage(
        page=page, width=max(1, round(size.width)), height=max(1, round(size.height)), text=None, why=layer.why
    )
    return _add_text(inspected, layer, size, max_words) if layer.trusted else inspected


def _add_text(page: InspectedPage, layer: TextLayer, size: PageSize, max_words: int) -> InspectedPage:
    ordered = order_text(layer, size, max_words=max_words)
    why = f"{layer.why}, in the order of the PDF: {ordered.why}" if ordered.why else layer.why
    positions = TextPositions(lines=ordered.lines, blocks=ordered.blocks).model_dump_json() if ordered.lines else None
    return page.model_copy(update={"text": ordered.text, "positions_json": positions, "why": why})

"""Sandbox job that inspects a document. A document can be malicious, so it is parsed only in the sandbox."""

from time import process_time
from typing import BinaryIO

from functions.documents.formats import open_document
from functions.documents.model import OpenedDocument, PageSize, TextLayer
from functions.intake.inspection import InspectedPage, Inspection, InspectionRequest, TextPositions
from functions.intake.text_order import order_text
from functions.runtime.sandbox.problem import DocumentProblem

#: A page with more words keeps the text order of the PDF. Usual pages have 500 words, newspaper pages 5,000.
_MAX_WORDS = 10_000
#: After these seconds of CPU time, the remaining pages of a job keep the text order of the PDF. Otherwise the job could
#: exceed its limit of 45 seconds, and the sandbox would end it.
_ORDERING_SECONDS = 10.0


def inspect_document(request: bytes, document: BinaryIO) -> tuple[Inspection, bytes]:
    """Return the page count and the inspected pages, and no bytes. `request` is an InspectionRequest as JSON.

    Raise DocumentProblem if the document cannot be read or has too many pages.
    """
    parameters = InspectionRequest.model_validate_json(request)
    opened = open_document(document, parameters.media_type)
    pages = opened.page_count
    if pages > parameters.max_pages:
        limit = parameters.max_pages
        message = f"The document has {pages} pages, and {limit} are allowed. Split it and upload the parts."
        raise DocumentProblem("too_many_pages", message)
    last_page = min(pages, parameters.first_page + parameters.count - 1)
    started, inspected = process_time(), []
    for page in range(parameters.first_page, last_page + 1):
        has_time = process_time() - started < _ORDERING_SECONDS
        max_words = _MAX_WORDS if has_time else 0
        inspected.append(_inspect_page(opened, page, with_text=parameters.with_text, max_words=max_words))
    return Inspection(pages=pages, inspected_pages=tuple(inspected)), b""


def _inspect_page(document: OpenedDocument, page: int, *, with_text: bool, max_words: int) -> InspectedPage:
    """Return the inspected page. A page with more than `max_words` words keeps the text order of the PDF."""
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
    return _add_text(inspected, layer, size, max_words) if layer.is_trusted else inspected


def _add_text(page: InspectedPage, layer: TextLayer, size: PageSize, max_words: int) -> InspectedPage:
    """Return the page with the text of the layer, in reading order if possible."""
    ordered = order_text(layer, size, max_words=max_words)
    why = f"{layer.why}, in the order of the PDF: {ordered.why}" if ordered.why else layer.why
    positions = TextPositions(lines=ordered.lines, blocks=ordered.blocks).model_dump_json() if ordered.lines else None
    return page.model_copy(update={"text": ordered.text, "positions_json": positions, "why": why})

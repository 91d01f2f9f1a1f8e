"""What is to be said once an outcome is committed. Derived from the state after it, so a repetition finds the same."""

from dataclasses import dataclass

from events.catalogue import Outcome
from events.document import (
    DocumentAccepted,
    DocumentAssembled,
    DocumentCompleted,
    DocumentFailed,
    DocumentRecognized,
    FailedPage,
)
from events.event import Event
from events.page import PageFailed, PageRecognized
from events.reasons import DocumentFailure
from events.states import DocumentState
from functions.persistence.transitions import Document, Known


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Over all pages of a document: mean confidence, seconds in engines, and the pages without text."""

    confidence: float | None
    engine_seconds: float
    failed_pages: tuple[FailedPage, ...]


def facts(after: Known, outcome: Outcome, summary: Summary | None) -> list[Event]:
    """The events that this outcome caused, in order; none when others were first. An assembled one needs a summary."""
    said: list[Event] = []
    if _caused(after, outcome):
        said.append(_ending(after.document, outcome, summary) if isinstance(outcome, DocumentAssembled) else outcome)
    if after.document.closed_by == outcome.id:
        said.append(_recognized(after.document, outcome))
    return said


def _caused(after: Known, outcome: Outcome) -> bool:
    if isinstance(outcome, DocumentAccepted):
        return after.document.accepted_by == outcome.id
    if isinstance(outcome, PageRecognized | PageFailed):
        page = after.pages.get(outcome.page)
        return page is not None and page.outcome == outcome.id
    return after.document.ended_by == outcome.id


def _recognized(document: Document, outcome: Outcome) -> DocumentRecognized:
    # Columns may be null, and the event refuses that.
    return DocumentRecognized.model_validate(
        {**outcome.origin(), "sha256": document.sha256, "pages": document.pages, "outputs": document.outputs}
    )


def _ending(document: Document, outcome: DocumentAssembled, summary: Summary | None) -> Event:
    if summary is None:
        raise ValueError("an assembled document ends with a summary of its pages")
    if document.state is not DocumentState.COMPLETED:
        return DocumentFailed(**outcome.origin(), reason=DocumentFailure.NO_PAGE_RECOGNIZED, message=_NO_PAGE)
    return DocumentCompleted.model_validate(
        {
            **outcome.origin(),
            "pages": document.pages,
            "failed_pages": summary.failed_pages,
            "confidence": summary.confidence,
            "engine_seconds": summary.engine_seconds,
            "outputs": outcome.outputs,
        }
    )


_NO_PAGE = "None of its pages could be read; each page says why."

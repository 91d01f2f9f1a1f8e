"""Events to publish after an outcome. They depend on committed state only, so a repetition has the same events."""

from events.catalogue import Outcome
from events.document import (
    DocumentAccepted,
    DocumentAssembled,
    DocumentCompleted,
    DocumentFailed,
    DocumentRecognized,
)
from events.event import Event
from events.page import PageFailed, PageRecognized
from events.reasons import DocumentFailure
from events.states import DocumentState
from functions.persistence.transitions import DocumentRecord, PagesSummary, StoredState

_NO_PAGE_RECOGNIZED = "None of the document's pages could be read; the status of each page has the reason."


def derive_events(after: StoredState, outcome: Outcome) -> list[Event]:
    """Return the events that this outcome caused, in order. Return none if another outcome caused the state `after`.

    Raise ValueError if the outcome is DocumentAssembled and `after` has no summary.
    """
    events: list[Event] = []
    if _is_cause(after, outcome):
        if isinstance(outcome, DocumentAssembled):
            events.append(_build_end(after.document, outcome, after.summary))
        else:
            events.append(outcome)
    if after.document.closed_by == outcome.id:
        events.append(_build_recognized(after.document, outcome))
    return events


def _is_cause(after: StoredState, outcome: Outcome) -> bool:
    """Return whether this outcome set the state of its page or document."""
    if isinstance(outcome, DocumentAccepted):
        return after.document.accepted_by == outcome.id
    if isinstance(outcome, PageRecognized | PageFailed):
        page = after.pages.get(outcome.page)
        return page is not None and page.outcome == outcome.id
    return after.document.ended_by == outcome.id


def _build_recognized(document: DocumentRecord, outcome: Outcome) -> DocumentRecognized:
    # Columns may be null, but fields of the event may not, so the values are validated.
    return DocumentRecognized.model_validate(
        {**outcome.document_fields, "sha256": document.sha256, "pages": document.pages, "outputs": document.outputs}
    )


def _build_end(document: DocumentRecord, outcome: DocumentAssembled, summary: PagesSummary | None) -> Event:
    if summary is None:
        raise ValueError("an assembled document needs a summary of its pages")
    if document.state is not DocumentState.COMPLETED:
        return DocumentFailed(
            **outcome.document_fields, reason=DocumentFailure.NO_PAGE_RECOGNIZED, message=_NO_PAGE_RECOGNIZED
        )
    return DocumentCompleted.model_validate(
        {
            **outcome.document_fields,
            "pages": document.pages,
            "failed_pages": summary.failed_pages,
            "confidence": summary.confidence,
            "engine_seconds": summary.engine_seconds,
            "outputs": outcome.outputs,
        }
    )

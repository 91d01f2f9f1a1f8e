"""The state machine of a document. It computes a new state from the stored state and an outcome, without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from events.catalogue import Outcome
from events.document import (
    DocumentAccepted,
    DocumentAssembled,
    DocumentFailed,
    DocumentRejected,
    FailedPage,
    OutputFormat,
)
from events.page import PageFailed, PageRecognized
from events.states import DocumentState, PageState


@dataclass(frozen=True, kw_only=True)
class PageRecord:
    """The columns of a page that transitions depend on.

    `is_planned` is true if an accepted range contains the page. `outcome` is the id of the event that set the state.
    """

    state: PageState
    is_planned: bool = False
    outcome: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class DocumentRecord:
    """The columns of a document that transitions depend on.

    `accepted_by`, `closed_by` and `ended_by` are the ids of the outcomes that accepted the document, made it complete,
    and set its terminal state.
    """

    state: DocumentState = DocumentState.OPEN
    pages: int | None = None
    recognized: int = 0
    failed: int = 0
    sha256: str | None = None
    outputs: tuple[OutputFormat, ...] = ()
    accepted_by: UUID | None = None
    closed_by: UUID | None = None
    ended_by: UUID | None = None

    @property
    def is_complete(self) -> bool:
        """True if the document is accepted and every page has a result."""
        return self.accepted_by is not None and self.recognized + self.failed == self.pages


@dataclass(frozen=True, kw_only=True)
class PagesSummary:
    """Totals over all pages of a document: mean confidence, seconds spent in engines, and the failed pages."""

    confidence: float | None
    engine_seconds: float
    failed_pages: tuple[FailedPage, ...]


@dataclass(frozen=True, kw_only=True)
class StoredState:
    """A document, and the pages that the outcome is about, by number. `summary` is only set for DocumentAssembled."""

    document: DocumentRecord
    pages: Mapping[int, PageRecord]
    summary: PagesSummary | None = None


def list_page_numbers(outcome: Outcome) -> tuple[int, ...]:
    """Return the numbers of the pages that an outcome is about."""
    if isinstance(outcome, DocumentAccepted):
        return tuple(plan.page for plan in outcome.plan)
    return (outcome.page,) if isinstance(outcome, PageRecognized | PageFailed) else ()


def apply(before: StoredState, outcome: Outcome) -> StoredState:
    """Return the state after the outcome, or `before` if nothing changes. A terminal state never changes."""
    match before.document.state, outcome:
        case DocumentState.OPEN, DocumentAccepted():
            return _close_if_complete(_accept(before, outcome), outcome)
        case DocumentState.OPEN, PageRecognized() | PageFailed():
            return _close_if_complete(_apply_page_result(before, outcome), outcome)
        case DocumentState.OPEN, DocumentRejected() if before.document.accepted_by is None:
            return _end(before, DocumentState.REJECTED, outcome)
        case DocumentState.ASSEMBLING, DocumentAssembled():
            state = DocumentState.COMPLETED if before.document.recognized else DocumentState.FAILED
            return _end(before, state, outcome)
        case DocumentState.OPEN | DocumentState.ASSEMBLING, DocumentFailed():
            return _end(before, DocumentState.FAILED, outcome)
    return before


def _accept(before: StoredState, outcome: DocumentAccepted) -> StoredState:
    """Mark the pages of this range as planned. The first range also sets the properties of the document."""
    planned_pages = {page: _mark_planned(before.pages.get(page)) for page in list_page_numbers(outcome)}
    document = replace(before.document, pages=outcome.pages)
    if outcome.first_page == 1 and document.accepted_by is None:
        document = replace(document, sha256=outcome.sha256, outputs=outcome.outputs, accepted_by=outcome.id)
    return replace(before, document=document, pages={**before.pages, **planned_pages})


def _mark_planned(page: PageRecord | None) -> PageRecord:
    return replace(page, is_planned=True) if page else PageRecord(state=PageState.REQUESTED, is_planned=True)


def _apply_page_result(before: StoredState, outcome: PageRecognized | PageFailed) -> StoredState:
    """Set the result of a page. The first recognized result is final; it also replaces a failure."""
    previous = before.pages.get(outcome.page, PageRecord(state=PageState.REQUESTED))
    is_recognized = isinstance(outcome, PageRecognized)
    if previous.state is PageState.RECOGNIZED or (previous.state is PageState.FAILED and not is_recognized):
        return before
    page = replace(previous, state=PageState.RECOGNIZED if is_recognized else PageState.FAILED, outcome=outcome.id)
    document = replace(
        before.document,
        pages=outcome.pages,
        recognized=before.document.recognized + is_recognized,
        failed=before.document.failed + (not is_recognized) - (previous.state is PageState.FAILED),
    )
    return replace(before, document=document, pages={**before.pages, outcome.page: page})


def _close_if_complete(state: StoredState, outcome: Outcome) -> StoredState:
    """Return the stored state, with the document in `assembling` if the outcome has made it complete."""
    if not state.document.is_complete:
        return state
    return replace(state, document=replace(state.document, state=DocumentState.ASSEMBLING, closed_by=outcome.id))


def _end(before: StoredState, state: DocumentState, outcome: Outcome) -> StoredState:
    return replace(before, document=replace(before.document, state=state, ended_by=outcome.id))

"""What an outcome does to what is known of its document. No database here: state in, state out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from events.catalogue import Outcome
from events.document import DocumentAccepted, DocumentAssembled, DocumentFailed, DocumentRejected, OutputFormat
from events.page import PageFailed, PageRecognized
from events.states import DocumentState, PageState


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page, as far as it decides. `outcome` is the event that gave it its state."""

    state: PageState
    planned: bool = False
    outcome: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document, as far as it decides. `accepted_by`, `closed_by` and `ended_by` are the outcomes that did it."""

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
        """Accepted, and every page is in."""
        return self.accepted_by is not None and self.recognized + self.failed == self.pages


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known when an outcome comes: its document, and of its pages those that the outcome is about."""

    document: Document
    pages: Mapping[int, Page]


def numbers(outcome: Outcome) -> tuple[int, ...]:
    """The pages that an outcome is about."""
    if isinstance(outcome, DocumentAccepted):
        return tuple(plan.page for plan in outcome.plan)
    return (outcome.page,) if isinstance(outcome, PageRecognized | PageFailed) else ()


def apply(known: Known, outcome: Outcome) -> Known:
    """What is known after the outcome; the same when it changes nothing. A document that ended never changes."""
    match known.document.state, outcome:
        case DocumentState.OPEN, DocumentAccepted():
            return _closed(_accepted(known, outcome), outcome)
        case DocumentState.OPEN, PageRecognized() | PageFailed():
            return _closed(_read(known, outcome), outcome)
        case DocumentState.OPEN, DocumentRejected() if known.document.accepted_by is None:
            return _ended(known, DocumentState.REJECTED, outcome)
        case DocumentState.ASSEMBLING, DocumentAssembled():
            end = DocumentState.COMPLETED if known.document.recognized else DocumentState.FAILED
            return _ended(known, end, outcome)
        case DocumentState.OPEN | DocumentState.ASSEMBLING, DocumentFailed():
            return _ended(known, DocumentState.FAILED, outcome)
    return known


def _accepted(known: Known, outcome: DocumentAccepted) -> Known:
    """The range's pages have a plan; the first range says what the document is."""
    planned = {page: _planned(known.pages.get(page)) for page in numbers(outcome)}
    document = replace(known.document, pages=outcome.pages)
    if outcome.first_page == 1 and document.accepted_by is None:
        document = replace(document, sha256=outcome.sha256, outputs=outcome.outputs, accepted_by=outcome.id)
    return Known(document=document, pages={**known.pages, **planned})


def _planned(page: Page | None) -> Page:
    return replace(page, planned=True) if page else Page(state=PageState.REQUESTED, planned=True)


def _read(known: Known, outcome: PageRecognized | PageFailed) -> Known:
    """The first recognized wins, and replaces a failed one."""
    before = known.pages.get(outcome.page, Page(state=PageState.REQUESTED))
    recognized = isinstance(outcome, PageRecognized)
    if before.state is PageState.RECOGNIZED or (before.state is PageState.FAILED and not recognized):
        return known
    page = replace(before, state=PageState.RECOGNIZED if recognized else PageState.FAILED, outcome=outcome.id)
    document = replace(
        known.document,
        pages=outcome.pages,
        recognized=known.document.recognized + recognized,
        failed=known.document.failed + (not recognized) - (before.state is PageState.FAILED),
    )
    return Known(document=document, pages={**known.pages, outcome.page: page})


def _closed(known: Known, outcome: Outcome) -> Known:
    if not known.document.is_complete:
        return known
    return replace(known, document=replace(known.document, state=DocumentState.ASSEMBLING, closed_by=outcome.id))


def _ended(known: Known, state: DocumentState, outcome: Outcome) -> Known:
    return replace(known, document=replace(known.document, state=state, ended_by=outcome.id))

"""States of documents and pages, as the database, the API and the command line show them."""

from enum import StrEnum


class DocumentState(StrEnum):
    """State of a document."""

    OPEN = "open"
    ASSEMBLING = "assembling"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ERASED = "erased"


class PageState(StrEnum):
    """State of a page."""

    REQUESTED = "requested"
    RECOGNIZED = "recognized"
    FAILED = "failed"


#: A document in one of these states never changes its state again.
TERMINAL_STATES = frozenset(DocumentState) - {DocumentState.OPEN, DocumentState.ASSEMBLING}

"""Where documents and pages stand, in the words of the database, the API and the command."""

from enum import StrEnum


class DocumentState(StrEnum):
    """Where a document stands."""

    OPEN = "open"
    ASSEMBLING = "assembling"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ERASED = "erased"


class PageState(StrEnum):
    """Where a page stands."""

    REQUESTED = "requested"
    RECOGNIZED = "recognized"
    FAILED = "failed"


#: From these a document never moves again.
ENDED = frozenset(DocumentState) - {DocumentState.OPEN, DocumentState.ASSEMBLING}

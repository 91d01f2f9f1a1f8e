"""A document of the command's tests, in progress and completed."""

from datetime import UTC, datetime

from local.cli.queries.documents import Document, DocumentProgress
from local.cli.queries.pages import PageStatus

ID = "0f3a9c1e-0000-5000-8000-000000000001"
OPEN = Document(ID, "acme", "in/acme/a.pdf", "open", 3, 1)
DONE = Document(ID, "acme", "in/acme/a.pdf", "completed", 3, 2, 1)
#: The pages of DONE: one with a text, one without a text, one that failed.
PAGES = [
    PageStatus(1, "recognized", "tesseract", 0.97, 0.5, None),
    PageStatus(2, "recognized", "tesseract", 0.0, 0.5, None, best_effort=True, empty=True),
    PageStatus(3, "failed", None, None, None, "crashed", "It ended its engine."),
]
OPTIONS = {"languages": ["deu"], "engines": None, "outputs": ["text"], "min_confidence": 0.93, "consensus": False}
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
PROGRESS = DocumentProgress(
    message=None,
    is_accepted=True,
    created_at=NOON,
    accepted_at=NOON,
    moved_at=NOON,
    repaired_at=NOON,
    repairs=1,
    ended_at=None,
)

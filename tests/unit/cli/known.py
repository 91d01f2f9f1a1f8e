"""A document that the verbs know, on its way and at its end."""

from datetime import UTC, datetime

from local.cli.documents import Course, Document, Page

ID = "0f3a9c1e-0000-5000-8000-000000000001"
OPEN = Document(ID, "acme", "in/acme/a.pdf", "open", 3, 1)
DONE = Document(ID, "acme", "in/acme/a.pdf", "completed", 3, 2, 1)
#: Those of DONE: one read, one with nothing on it, one failed.
PAGES = [
    Page(1, "recognized", "tesseract", 0.97, 0.5, None),
    Page(2, "recognized", "tesseract", 0.0, 0.5, None, best_effort=True, empty=True),
    Page(3, "failed", None, None, None, "crashed", "It ended its engine."),
]
WISHES = {"languages": ["deu"], "engines": None, "outputs": ["text"], "min_confidence": 0.93, "consensus": False}
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
COURSE = Course(
    message=None,
    accepted=True,
    created_at=NOON,
    accepted_at=NOON,
    moved_at=NOON,
    pushed_at=NOON,
    pushes=1,
    ended_at=None,
)

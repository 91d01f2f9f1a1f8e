"""A document that the verbs know, on its way and at its end."""

from datetime import UTC, datetime

from local.cli.documents import Course, Document

ID = "0f3a9c1e-0000-5000-8000-000000000001"
OPEN = Document(ID, "acme", "in/acme/a.pdf", "open", 3, 1)
DONE = Document(ID, "acme", "in/acme/a.pdf", "completed", 3, 2, 1)
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

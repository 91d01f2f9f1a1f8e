"""A stalled document before and after acceptance, a waiting page, and the available engines."""

from dataclasses import replace
from datetime import UTC, datetime

from events.identity import compute_document_id
from functions.reconciler.snapshot import StalledDocument, WaitingPage

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
KEY = "in/acme/a.pdf"
UNACCEPTED = StalledDocument(
    document=compute_document_id(tenant="acme", bucket="uploads", key=KEY, etag="abc"),
    tenant="acme",
    bucket="uploads",
    key=KEY,
    version_id=None,
    etag="abc",
    run=0,
    uploaded_at=None,
    state="open",
    pages=None,
    is_accepted=False,
    sha256=None,
    media_type=None,
    languages=None,
    engines=None,
    outputs=None,
    min_confidence=None,
    consensus=None,
    bulk=None,
    traceparent=None,
    is_overdue=False,
    now=NOON,
)
ACCEPTED = replace(
    UNACCEPTED,
    pages=3,
    is_accepted=True,
    version_id="v7",
    sha256="0" * 64,
    media_type="application/pdf",
    languages=["deu"],
    engines=["gotocr"],
    outputs=["text"],
    min_confidence=0.8,
    consensus=True,
    bulk=False,
)
AVAILABLE = frozenset({"tesseract", "rapidocr"})
PAGE = WaitingPage(page=2, route=["tesseract", "rapidocr"], why="a scan", attempts=1, failed_requests=0)

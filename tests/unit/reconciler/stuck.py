"""A document before and after it was accepted, a page that waits, and the engines that are here."""

from dataclasses import replace
from datetime import UTC, datetime

from events.identity import document_id
from functions.reconciler.asking import Waiting
from functions.reconciler.missing import Stuck

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
KEY = "in/acme/a.pdf"
UNKNOWN = Stuck(
    document=document_id(tenant="acme", bucket="uploads", key=KEY, etag="abc"),
    tenant="acme",
    bucket="uploads",
    key=KEY,
    version_id=None,
    etag="abc",
    run=0,
    uploaded_at=None,
    state="open",
    pages=None,
    accepted=False,
    sha256=None,
    media_type=None,
    languages=None,
    engines=None,
    outputs=None,
    min_confidence=None,
    consensus=None,
    bulk=None,
    traceparent=None,
    overdue=False,
    now=NOON,
)
ACCEPTED = replace(
    UNKNOWN,
    pages=3,
    accepted=True,
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
HERE = frozenset({"tesseract", "rapidocr"})
PAGE = Waiting(page=2, route=["tesseract", "rapidocr"], why="a scan", attempts=1, refused=0)

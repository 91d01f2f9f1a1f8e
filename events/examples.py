"""An example event of every type, for the documentation and for tests."""

from datetime import UTC, datetime
from typing import Any

from events.document import (
    DocumentAccepted,
    DocumentAssembled,
    DocumentCancelled,
    DocumentCompleted,
    DocumentErased,
    DocumentFailed,
    DocumentRecognized,
    DocumentRejected,
    DocumentUploaded,
    FailedPage,
    Options,
    Output,
    OutputFormat,
    PagePlan,
)
from events.event import Event
from events.identity import compute_document_id
from events.page import PageFailed, PageRecognized, PageRequested, ReadingRef, Seconds
from events.reasons import DocumentFailure, PageFailure, Rejection

#: The time of all example events.
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
#: The trace of all example events.
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BUCKET, _KEY, _ETAG = "pagebus-uploads", "in/acme/Größe & Gewicht.pdf", "9a0364b9e99bb480dd25e1f0284c8555"
_DOCUMENT = compute_document_id(tenant="acme", bucket=_BUCKET, key=_KEY, etag=_ETAG)
_DOCUMENT_FIELDS: dict[str, Any] = {
    "document": _DOCUMENT,
    "tenant": "acme",
    "bucket": _BUCKET,
    "key": _KEY,
    "etag": _ETAG,
    "uploaded_at": NOON,
}
_PAGE_FIELDS: dict[str, Any] = {**_DOCUMENT_FIELDS, "page": 2, "pages": 3}
_READING_PREFIX = f"s3://pagebus-results/readings/acme/{_SHA256}/2"
_OUTPUT = Output(
    format=OutputFormat.TEXT,
    dataref=f"s3://pagebus-results/documents/acme/{_DOCUMENT}/document.txt",
    media_type="text/plain; charset=utf-8",
    size=5120,
)

_EXAMPLE_EVENTS: tuple[Event, ...] = (
    DocumentUploaded(
        bucket=_BUCKET,
        key=_KEY,
        options=Options(languages=("deu", "eng"), outputs=(OutputFormat.TEXT,), min_confidence=0.8),
    ),
    DocumentAccepted(
        **_DOCUMENT_FIELDS,
        sha256=_SHA256,
        media_type="application/pdf",
        size=48213,
        pages=3,
        first_page=1,
        plan=(
            PagePlan(page=1, route=(), why="the text layer is trustworthy"),
            PagePlan(page=2, route=("tesseract", "rapidocr"), why="a scan without a text layer"),
            PagePlan(page=3, route=("tesseract", "rapidocr"), why="a scan without a text layer"),
        ),
        languages=("deu", "eng"),
        outputs=(OutputFormat.TEXT,),
        min_confidence=0.8,
        bulk=False,
    ),
    DocumentRejected(
        **_DOCUMENT_FIELDS, reason=Rejection.PASSWORD_REQUIRED, message="The PDF asks for a password; remove it."
    ),
    PageRequested(
        **_PAGE_FIELDS,
        sha256=_SHA256,
        media_type="application/pdf",
        languages=("deu", "eng"),
        engine="rapidocr",
        why="a scan without a text layer; first on the route; tesseract expects 71% to be right, 80% wanted",
        min_confidence=0.8,
        best=ReadingRef(
            engine="tesseract",
            engine_version="5.5.0",
            confidence=0.71,
            dataref=f"{_READING_PREFIX}/tesseract-5.5.0-deu+eng.json",
        ),
        spent={"tesseract": 0.92},
        requested_at=NOON,
    ),
    PageRecognized(
        **_PAGE_FIELDS,
        engine="rapidocr",
        engine_version="3.10.0",
        languages=("deu", "eng"),
        text="Größe und Gewicht\n12,50 €",
        confidence=0.97,
        seconds=Seconds(waiting=0.012, starting=0.210, reading=1.480, others={"tesseract": 0.92}),
        why="a scan without a text layer; first on the route; tesseract expects 71% to be right, 80% wanted; "
        "rapidocr expects 97% to be right; rapidocr is more confident",
        best_effort=False,
        dataref=f"{_READING_PREFIX}/rapidocr-3.10.0-deu+eng.json",
    ),
    PageFailed(
        **_PAGE_FIELDS, reason=PageFailure.DAMAGED_PAGE, message="The page cannot be rendered.", engine="tesseract"
    ),
    DocumentRecognized(**_DOCUMENT_FIELDS, sha256=_SHA256, pages=3, outputs=(OutputFormat.TEXT,)),
    DocumentAssembled(**_DOCUMENT_FIELDS, outputs=(_OUTPUT,)),
    DocumentCompleted(
        **_DOCUMENT_FIELDS,
        pages=3,
        failed_pages=(FailedPage(page=3, reason=PageFailure.TOOK_TOO_LONG),),
        confidence=0.97,
        engine_seconds=2.4,
        outputs=(_OUTPUT,),
    ),
    DocumentFailed(
        **_DOCUMENT_FIELDS, reason=DocumentFailure.NO_PAGE_RECOGNIZED, message="None of the 3 pages could be read."
    ),
    DocumentCancelled(**_DOCUMENT_FIELDS),
    DocumentErased(**_DOCUMENT_FIELDS, erased_at=NOON, objects=7, rows=4),
)

#: Example events by event type.
EXAMPLES: dict[str, Event] = {event.TYPE: event for event in _EXAMPLE_EVENTS}

"""Planner of the events that repair a stalled document. The module does no input or output."""

from collections.abc import Collection, Iterator
from typing import Protocol

from events.document import DocumentFailed, DocumentRecognized, DocumentUploaded, Options, OutputFormat
from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested
from events.reasons import DocumentFailure
from events.states import DocumentState
from functions.reconciler.abandonment import Abandonment, decide_abandonment
from functions.reconciler.fallback import FallbackReading
from functions.reconciler.reassignment import build_page_request, reassign, remove_unavailable_engines
from functions.reconciler.snapshot import Snapshot, StalledDocument, WaitingPage

_OVERDUE_REASON = "it was not finished in time"
_OVERDUE_MESSAGE = (
    "The document was not finished in time. Upload it under another name. If that fails too, tell the operator of this "
    "service."
)


class RepairLimits(Protocol):
    """The settings that repairs depend on.

    A page is abandoned after `max_attempts` requests that failed in the engine. Other engines get the page after
    `attempts_before_others` requests without an answer. An event carries at most `inline_text_bytes` of text.
    """

    @property
    def max_attempts(self) -> int: ...

    @property
    def attempts_before_others(self) -> int: ...

    @property
    def inline_text_bytes(self) -> int: ...


def plan_repairs(snapshot: Snapshot, engines: Collection[str], limits: RepairLimits) -> list[Event]:
    """Return the events that let a stalled document continue. For an overdue document, return the events that end it.

    `engines` are the available engines. If it is empty, Kafka is not set up yet, and no page is requested or abandoned.
    """
    document = snapshot.document
    if document.is_overdue:
        return _end_overdue(snapshot, limits)
    if not document.is_accepted:
        return [_build_upload(document, 1)]
    if document.state == DocumentState.ASSEMBLING:
        return [_build_recognized(document)]
    first_unplanned_page = snapshot.first_unplanned_page
    uploads = [_build_upload(document, first_unplanned_page)] if first_unplanned_page else []
    return [*uploads, *(_repair_pages(snapshot, engines, limits) if engines else ())]


def _end_overdue(snapshot: Snapshot, limits: RepairLimits) -> list[Event]:
    """Return the fallback results of all waiting pages, or the document's failure if a page has no reading or plan."""
    document, first_unplanned_page, waiting_pages = snapshot
    fallbacks = [(page, page.fallback) for page in waiting_pages if page.fallback]
    if fallbacks and len(fallbacks) == len(waiting_pages) and not first_unplanned_page:
        return [_build_page_result(document, page, fallback, _OVERDUE_REASON, limits) for page, fallback in fallbacks]
    failure = DocumentFailure.DEADLINE_EXCEEDED
    return [DocumentFailed(**document.document_fields, reason=failure, message=_OVERDUE_MESSAGE)]


def _repair_pages(
    snapshot: Snapshot, engines: Collection[str], limits: RepairLimits
) -> Iterator[PageFailed | PageRecognized | PageRequested]:
    document = snapshot.document
    for page in snapshot.waiting_pages:
        if abandonment := decide_abandonment(page, engines, limits.max_attempts):
            yield _abandon_page(document, page, abandonment, limits)
        else:
            available = remove_unavailable_engines(page, engines)
            yield build_page_request(document, page, reassign(available, limits.attempts_before_others))


def _abandon_page(
    document: StalledDocument, page: WaitingPage, abandonment: Abandonment, limits: RepairLimits
) -> PageFailed | PageRecognized:
    """Return the fallback result of the page, or its failure if there is no reading."""
    if page.fallback:
        return _build_page_result(document, page, page.fallback, abandonment.why, limits)
    return PageFailed.model_validate(
        {
            **document.document_fields,
            "page": page.page,
            "pages": document.pages,
            "reason": abandonment.failure,
            "message": abandonment.message,
            "engine": page.route[0],
            "attempt": page.attempts,
        }
    )


def _build_page_result(
    document: StalledDocument, page: WaitingPage, fallback: FallbackReading, reason: str, limits: RepairLimits
) -> PageRecognized:
    return PageRecognized.model_validate(
        {
            **document.document_fields,
            "page": page.page,
            "pages": document.pages,
            "attempt": page.attempts,
            **fallback.as_page_fields(reason, document.now, limits.inline_text_bytes),
        }
    )


def _build_upload(document: StalledDocument, first_page: int) -> DocumentUploaded:
    return DocumentUploaded(
        bucket=document.bucket,
        key=document.key,
        version_id=document.version_id,
        etag=document.etag,
        options=_build_options(document),
        first_page=first_page,
        pages=document.pages if first_page > 1 else None,
        uploaded_at=document.uploaded_at,
    )


def _build_options(document: StalledDocument) -> Options:
    """Return the stored options of the document, so that all its pages are read with the same options."""
    return Options(
        languages=tuple(document.languages) if document.languages else None,
        engines=tuple(document.engines) if document.engines else None,
        outputs=_parse_outputs(document) or None,
        min_confidence=document.min_confidence,
        consensus=document.consensus,
        run=document.run,
    )


def _build_recognized(document: StalledDocument) -> DocumentRecognized:
    # Columns may be null, but fields of the event may not, so the values are validated.
    fields = {"sha256": document.sha256, "pages": document.pages, "outputs": _parse_outputs(document)}
    return DocumentRecognized.model_validate({**document.document_fields, **fields})


def _parse_outputs(document: StalledDocument) -> tuple[OutputFormat, ...]:
    return tuple(OutputFormat(name) for name in document.outputs or ())

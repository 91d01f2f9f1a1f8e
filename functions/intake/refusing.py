"""What is said of a document that is turned away: all of it at once, or the rest of one that was accepted before."""

from events.document import DocumentRejected
from events.event import Event
from events.page import PageFailed
from events.reasons import PageFailure, Rejection
from functions.intake.finding import Found
from functions.intake.refusal import Refusal
from functions.intake.settings import IntakeSettings

_PAGES = {
    Rejection.NOT_FOUND: PageFailure.DOCUMENT_GONE,
    Rejection.TOOK_TOO_LONG: PageFailure.TOOK_TOO_LONG,
    Rejection.TOO_MUCH_MEMORY: PageFailure.TOO_MUCH_MEMORY,
    Rejection.CRASHED: PageFailure.CRASHED,
    Rejection.UNKNOWN_ENGINE: PageFailure.ENGINE_FAILED,
}


def refused(found: Found, refusal: Refusal, settings: IntakeSettings) -> list[Event]:
    """A rejection; for the rest of an accepted document, which cannot be rejected any more, its pages fail instead."""
    upload = found.upload
    if upload.first_page == 1 or upload.pages is None:
        return [DocumentRejected(**found.origin(), reason=refusal.reason, message=refusal.message)]
    last = upload.pages
    if refusal.reason is not Rejection.NOT_FOUND:  # the next pages may fare better
        last = min(last, upload.first_page + settings.pages_per_event - 1)
    failed = [_failed(found, page, refusal) for page in range(upload.first_page, last + 1)]
    return [*failed, upload.model_copy(update={"first_page": last + 1})] if last < upload.pages else [*failed]


def _failed(found: Found, page: int, refusal: Refusal) -> PageFailed:
    return PageFailed(
        **found.origin(),
        page=page,
        pages=found.upload.pages or page,
        reason=_PAGES.get(refusal.reason, PageFailure.DAMAGED_PAGE),
        message=refusal.message,
    )

"""The rejection of an upload, and the events that report it."""

from events.document import DocumentRejected
from events.event import Event
from events.page import PageFailed
from events.reasons import PageFailure, Rejection
from functions.intake.settings import IntakeSettings
from functions.intake.upload import UploadedObject

#: The failure of a page by the reason of the rejection. All other reasons mean a damaged page.
_PAGE_FAILURES = {
    Rejection.NOT_FOUND: PageFailure.DOCUMENT_GONE,
    Rejection.TOOK_TOO_LONG: PageFailure.TOOK_TOO_LONG,
    Rejection.TOO_MUCH_MEMORY: PageFailure.TOO_MUCH_MEMORY,
    Rejection.CRASHED: PageFailure.CRASHED,
    Rejection.UNKNOWN_ENGINE: PageFailure.ENGINE_FAILED,
}


class UploadRejected(Exception):  # noqa: N818  # the result of a bad document, not an error of the function
    """An upload that cannot be processed. `message` explains to the user what is wrong and what to do next."""

    def __init__(self, reason: Rejection, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def reject_missing_object() -> UploadRejected:
    """Return the rejection of an object that is no longer in the store.

    The message asks for another name: the same bytes under the same name would be the same document, and its
    rejection is final.
    """
    message = "The object was removed or replaced before it was read. Upload the document again under another name."
    return UploadRejected(Rejection.NOT_FOUND, message)


def build_rejection_events(
    uploaded: UploadedObject, rejection: UploadRejected, settings: IntakeSettings
) -> list[Event]:
    """Return the events that report a rejection.

    A new document is rejected as a whole. After its first pages are accepted, a document can no longer be rejected.
    Then the pages of the current range fail, and an event requests the next range. If the object is missing, all
    remaining pages fail.
    """
    upload = uploaded.upload
    if upload.first_page == 1 or upload.pages is None:
        return [DocumentRejected(**uploaded.document_fields, reason=rejection.reason, message=rejection.message)]
    last_page = upload.pages
    if rejection.reason is not Rejection.NOT_FOUND:
        last_page = min(last_page, upload.first_page + settings.pages_per_event - 1)
    failed_pages = range(upload.first_page, last_page + 1)
    events: list[Event] = [_build_page_failed(uploaded, page, upload.pages, rejection) for page in failed_pages]
    if last_page < upload.pages:
        events.append(upload.model_copy(update={"first_page": last_page + 1}))
    return events


def _build_page_failed(uploaded: UploadedObject, page: int, pages: int, rejection: UploadRejected) -> PageFailed:
    return PageFailed(
        **uploaded.document_fields,
        page=page,
        pages=pages,
        reason=_PAGE_FAILURES.get(rejection.reason, PageFailure.DAMAGED_PAGE),
        message=rejection.message,
    )

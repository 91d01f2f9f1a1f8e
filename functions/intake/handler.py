"""Handler of intake: accept or reject uploaded documents."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from events.document import DocumentUploaded
from events.envelope import Envelope, parse_event
from events.event import Event
from events.notifications import KeyCandidates, read_notification
from events.reasons import Rejection
from functions.intake.acceptance import build_acceptance_events
from functions.intake.inspector import DocumentInspector, reject_large_object
from functions.intake.options import resolve_options
from functions.intake.rejection import UploadRejected, build_rejection_events, reject_missing_object
from functions.intake.settings import IntakeSettings
from functions.intake.upload import UploadedObject, find_object, is_upload
from functions.reading.store import ReadingStore
from functions.runtime.log import get_logger
from functions.runtime.storage import ObjectInfo, Storage

log = get_logger()


@dataclass(frozen=True, kw_only=True)
class Dependencies:
    """The services that intake uses.

    `list_engines()` returns the names of engines that have a topic, and raises Unavailable if Kafka does not answer.
    `trace_document` returns a context in which spans belong to the trace of the document.
    """

    storage: Storage
    inspector: DocumentInspector
    readings: ReadingStore
    list_engines: Callable[[], frozenset[str]]
    trace_document: Callable[[UUID, datetime], AbstractContextManager[None]]
    settings: IntakeSettings


def handle_notification(envelope: Envelope, *, dependencies: Dependencies) -> list[Event]:
    """Accept or reject every uploaded object in a notification of the object store.

    Raise InvalidEvent if the notification is malformed, and Unavailable if a service does not answer.
    """
    bucket = dependencies.settings.uploads_bucket
    uploads = (candidates for candidates in read_notification(envelope.data) if is_upload(candidates, bucket))
    return list(
        chain.from_iterable(
            handle_upload(candidates, announced_at=envelope.time, dependencies=dependencies) for candidates in uploads
        )
    )


def handle_announcement(envelope: Envelope, *, dependencies: Dependencies) -> list[Event]:
    """Accept or reject the object that a client announced by an event.

    Raise InvalidEvent if the event is malformed, and Unavailable if a service does not answer.
    """
    upload = parse_event(envelope, DocumentUploaded)
    return handle_upload((upload,), announced_at=envelope.time, dependencies=dependencies)


def ignore_event(_: Envelope) -> list[Event]:
    """Return no events: the store also reports changes that are no uploads, such as removed objects."""
    return []


def handle_upload(
    candidates: KeyCandidates, *, announced_at: datetime | None, dependencies: Dependencies
) -> list[Event]:
    """Return the events that accept or reject one uploaded object. Raise Unavailable if a service does not answer.

    If the object was replaced after its announcement, also return the rejection of the replaced version.
    `announced_at` is the time of the notification or event, or None if it has no time.
    """
    settings = dependencies.settings
    uploaded = find_object(candidates, announced_at, dependencies.storage, settings.uploads_bucket)
    with dependencies.trace_document(uploaded.document, uploaded.uploaded_at):
        events = []
        if replaced_version := uploaded.replaced_version:
            events += build_rejection_events(replaced_version, reject_missing_object(), settings)
        try:
            events += _accept(uploaded, dependencies)
        except UploadRejected as rejection:
            log.info("document.rejected", document=str(uploaded.document), reason=rejection.reason)
            events += build_rejection_events(uploaded, rejection, settings)
        return events


def _accept(uploaded: UploadedObject, dependencies: Dependencies) -> list[Event]:
    """Return the events about an accepted document. Raise UploadRejected or Unavailable."""
    upload, settings = uploaded.upload, dependencies.settings
    info = _check_object(uploaded, settings)
    options = resolve_options(upload.options, info.metadata, dependencies.list_engines, settings)
    document = dependencies.inspector.inspect(uploaded, info, with_text=not options.has_named_engines)
    events = build_acceptance_events(uploaded, document, options, dependencies.readings, settings)
    log.info("document.accepted", document=str(uploaded.document), pages=document.pages, first_page=upload.first_page)
    return events


def _check_object(uploaded: UploadedObject, settings: IntakeSettings) -> ObjectInfo:
    """Return the state of the object in S3. Raise UploadRejected for a wrong bucket, key or size, or no object."""
    if uploaded.upload.bucket != settings.uploads_bucket:
        message = "The object is not in the uploads bucket. Upload the document to that bucket."
        raise UploadRejected(Rejection.OUTSIDE_TENANT_FOLDER, message)
    if not uploaded.tenant:
        message = (
            "The key has no valid tenant. Upload the document to in/<tenant>/<name>, or announce "
            "announced/<tenant>/<name>. A tenant has 1 to 63 characters of A-Z, a-z, 0-9, dot, _ and -, and does not "
            "start with a dot."
        )
        raise UploadRejected(Rejection.OUTSIDE_TENANT_FOLDER, message)
    if not uploaded.info:
        raise reject_missing_object()
    if not uploaded.info.size:
        raise UploadRejected(Rejection.EMPTY, "The object has no bytes. Upload the document again.")
    if uploaded.info.size > settings.max_document_bytes:
        raise reject_large_object(settings.max_document_bytes)
    return uploaded.info

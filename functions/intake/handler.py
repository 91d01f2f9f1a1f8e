"""From an announced object to what is known of it: accepted with a plan and requests for its pages, or rejected."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

import structlog

from events.document import DocumentUploaded
from events.envelope import Envelope, read
from events.event import Event
from events.notifications import Spellings, read_notification
from events.reasons import Rejection
from functions.intake.examination import Examiner
from functions.intake.finding import Found, find, is_ours
from functions.intake.planning import planned
from functions.intake.refusal import Refusal, gone
from functions.intake.refusing import refused
from functions.intake.routes import of_these
from functions.intake.settings import IntakeSettings
from functions.intake.wishes import wishes
from functions.reading.store import Readings
from functions.runtime.storage import Storage, Stored

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What intake works with. `engines` says which have a topic, and raises Unavailable; `working` hears on what."""

    storage: Storage
    examiner: Examiner
    readings: Readings
    engines: Callable[[], frozenset[str]]
    working: Callable[[UUID, datetime], AbstractContextManager[None]]
    settings: IntakeSettings


def notified(envelope: Envelope, *, desk: Desk) -> list[Event]:
    """Take in every object that a store's notification names. Raises Unavailable, InvalidEvent."""
    bucket = desk.settings.uploads_bucket
    named = (spellings for spellings in read_notification(envelope.data) if is_ours(spellings, bucket))
    return list(chain.from_iterable(handle(spellings, announced=envelope.time, desk=desk) for spellings in named))


def announced(envelope: Envelope, *, desk: Desk) -> list[Event]:
    """Take in the object that somebody announced by an event. Raises Unavailable, InvalidEvent."""
    return handle((read(envelope, DocumentUploaded),), announced=envelope.time, desk=desk)


def ignored(_: Envelope) -> list[Event]:
    """A removal, or what else a store may tell."""
    return []


def handle(spellings: Spellings, *, announced: datetime | None, desk: Desk) -> list[Event]:
    """Take in one object, under whichever spelling of its key exists. Raises Unavailable."""
    found = find(spellings, announced, desk.storage, desk.settings.uploads_bucket)
    with desk.working(found.document, found.uploaded_at):
        return _taken_in(found, desk)


def _taken_in(found: Found, desk: Desk) -> list[Event]:
    replaced = refused(found.replaced, gone(), desk.settings) if found.replaced else []
    try:
        return [*replaced, *_accepted(found, desk)]
    except Refusal as refusal:
        log.info("document.refused", document=str(found.document), reason=refusal.reason)
        return [*replaced, *refused(found, refusal, desk.settings)]


def _accepted(found: Found, desk: Desk) -> list[Event]:
    stored = _admitted(found, desk.settings)
    wished = wishes(found.upload.options, stored.metadata, desk.settings)
    wished = of_these(wished, desk.engines(), desk.settings.known_engines.split(","))
    examined = desk.examiner.examine(found, stored, text=not wished.engines_named)
    events = planned(found, examined, wished, desk.readings, desk.settings)
    log.info(
        "document.accepted", document=str(found.document), pages=examined.pages, first_page=found.upload.first_page
    )
    return events


def _admitted(found: Found, settings: IntakeSettings) -> Stored:
    """What can be said without opening it."""
    upload, stored = found.upload, found.stored
    if upload.bucket != settings.uploads_bucket:
        raise Refusal(Rejection.OUTSIDE_TENANT_FOLDER, "Documents are read from the uploads bucket only.")
    if not found.tenant:
        raise Refusal(
            Rejection.OUTSIDE_TENANT_FOLDER,
            "Upload to in/<tenant>/<name>, or announce announced/<tenant>/<name>. "
            "A tenant is up to 63 of A-Z, a-z, 0-9, dot, _ and -, and begins with no dot.",
        )
    if not stored:
        raise gone()
    if not stored.size:
        raise Refusal(Rejection.EMPTY, "The object has no bytes; upload the document again.")
    if stored.size > settings.max_document_bytes:
        raise Refusal(Rejection.TOO_LARGE, f"The object has more than {settings.max_document_bytes} bytes; split it.")
    return stored

"""From an announced object to what is known of it: accepted with a plan and requests for its pages, or rejected."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import structlog

from events.document import DocumentRejected
from events.envelope import Envelope
from events.event import Event
from events.notifications import Spellings, read_notification
from events.reasons import Rejection
from functions.intake.examination import Examiner
from functions.intake.finding import Found, find, is_ours
from functions.intake.planning import planned
from functions.intake.refusal import Refusal
from functions.intake.settings import IntakeSettings
from functions.intake.wishes import wishes
from functions.runtime.readings import Readings
from functions.runtime.storage import Storage, Stored

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What intake works with. `engines` says which have a topic; it raises Unavailable."""

    storage: Storage
    examiner: Examiner
    readings: Readings
    engines: Callable[[], frozenset[str]]
    settings: IntakeSettings


def notified(envelope: Envelope, *, desk: Desk) -> list[Event]:
    """Take in every object that a store's notification names. Raises Unavailable, InvalidEvent."""
    bucket = desk.settings.uploads_bucket
    named = (spellings for spellings in read_notification(envelope.data) if is_ours(spellings, bucket))
    return list(chain.from_iterable(handle(spellings, desk=desk) for spellings in named))


def ignored(_: Envelope) -> list[Event]:
    """A removal, or what else a store may tell."""
    return []


def handle(spellings: Spellings, *, desk: Desk) -> list[Event]:
    """Take in one object, under whichever spelling of its key exists. Raises Unavailable."""
    found = find(spellings, desk.storage, desk.settings.uploads_bucket)
    try:
        return _accepted(found, desk)
    except Refusal as refusal:
        rejected = DocumentRejected(**found.origin(), reason=refusal.reason, message=refusal.message)
        log.info("document.rejected", document=str(rejected.document), reason=rejected.reason)
        return [rejected]


def _accepted(found: Found, desk: Desk) -> list[Event]:
    stored = _admitted(found, desk.settings)
    wished = wishes(found.upload.options, stored.metadata, desk.settings)
    if unknown := set(wished.route) - desk.engines():
        names = ", ".join(sorted(unknown))
        raise Refusal(Rejection.UNKNOWN_ENGINE, f"No engine is called {names}; name others, or none.")
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
            Rejection.OUTSIDE_TENANT_FOLDER, "Upload to in/<tenant>/<name>, or announce announced/<tenant>/<name>."
        )
    if not stored:
        raise Refusal(Rejection.NOT_FOUND, "There is no such object any more; upload it again.")
    if not stored.size:
        raise Refusal(Rejection.EMPTY, "The object has no bytes; upload it again.")
    if stored.size > settings.max_document_bytes:
        raise Refusal(Rejection.TOO_LARGE, f"The object has more than {settings.max_document_bytes} bytes; split it.")
    return stored

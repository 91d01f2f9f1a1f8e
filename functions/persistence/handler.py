"""One outcome: committed with its document locked, and only then said."""

from typing import NamedTuple
from uuid import UUID

import psycopg
import structlog

from events.catalogue import Outcome
from events.document import DocumentAssembled
from events.errors import InvalidEvent
from events.event import Event, OfPage
from events.page import PageRecognized
from functions.persistence import store, unsaid
from functions.persistence.facts import facts
from functions.persistence.saving import save
from functions.persistence.transitions import Known, apply
from functions.runtime.database import Connection, Database

log = structlog.get_logger()


class Committed(NamedTuple):
    """What is to be published, and whether it has just become true: repetitions publish it too, until it was."""

    facts: list[Event]
    is_new: bool


def handle(outcome: Outcome, *, traceparent: str | None, database: Database) -> Committed:
    """Commit an outcome; returns what is to be published, the same for every repetition until it was published.

    Raises Unavailable when nothing was committed, or nobody knows; InvalidEvent when it fits no row or contradicts one.
    """
    if isinstance(outcome, OfPage) and outcome.page > outcome.pages:
        raise InvalidEvent(f"page {outcome.page} of {outcome.pages}")
    try:
        with database.transaction() as connection:
            return _committed(connection, outcome, traceparent)
    # A number out of range, more pages than there are: trying again would only hold up what comes after it.
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise InvalidEvent(f"PostgreSQL cannot keep it: {type(error).__name__}") from error


def _committed(connection: Connection, outcome: Outcome, traceparent: str | None) -> Committed:
    before = store.lock(connection, outcome, traceparent)
    after = apply(before, outcome)
    summary = store.summary(connection, outcome.document) if isinstance(outcome, DocumentAssembled) else None
    said = facts(after, outcome, summary)
    if after == before:
        return Committed(said if unsaid.is_kept(connection, said) else [], is_new=False)
    with connection.pipeline():  # all in one trip
        save(connection, before, after, outcome, said)
        if replaced := _replaced(before, outcome):
            unsaid.retract(connection, replaced)
        unsaid.keep(connection, said, outcome)
    _tell(outcome, before.document.state, after.document.state)
    return Committed(said, is_new=True)


def _replaced(before: Known, outcome: Outcome) -> UUID | None:
    """The outcome whose place this one took: a failed page that was recognized after all."""
    page = before.pages.get(outcome.page) if isinstance(outcome, PageRecognized) else None
    return page.outcome if page else None


def _tell(outcome: Outcome, before: str, after: str) -> None:
    if before != after:
        log.info("document.moved", document=str(outcome.document), state=after, by=outcome.TYPE)

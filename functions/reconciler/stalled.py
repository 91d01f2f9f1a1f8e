"""Repair of stalled documents: publish the events that let them continue, with growing pauses between repairs."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.event import Event
from events.page import PageRequested
from events.topics import BULK_SUFFIX, PAGES_PREFIX
from functions.reading.store import ReadingStore
from functions.reconciler.abandonment import FallbackLookup, select_abandoned_pages
from functions.reconciler.repairs import plan_repairs
from functions.reconciler.settings import ReconcilerSettings
from functions.reconciler.snapshot import Snapshot, WaitingPage, list_due_documents, lock_snapshot
from functions.runtime.bus import Publish
from functions.runtime.database import Connection, Database
from functions.runtime.errors import Unavailable
from functions.runtime.log import get_logger
from functions.runtime.trace import Trace

log = get_logger()

_COUNT_REPAIR = "UPDATE documents SET pushed_at = now(), pushes = pushes + 1 WHERE document = %s RETURNING pushed_at"
# Every change and every repair of a document sets `pushed_at` to a new time. So an equal time means no change.
_LOCK_IF_UNCHANGED = """
SELECT document FROM documents
 WHERE document = %s AND pushed_at = %s AND state IN ('open', 'assembling')
   FOR UPDATE"""
_COUNT_ATTEMPTS = "UPDATE pages SET attempts = attempts + 1 WHERE document = %s AND page = ANY(%s)"


@dataclass(frozen=True)
class _RepairContext:
    """The dependencies that all repairs of one run share."""

    database: Database
    topics: Collection[str]
    lookup: FallbackLookup
    settings: ReconcilerSettings


def repair_stalled_documents(
    database: Database, publish: Publish, topics: Collection[str], readings: ReadingStore, settings: ReconcilerSettings
) -> None:
    """Publish the events that let stalled documents continue. `topics` are the existing topics of Kafka.

    A repair is counted before its events are published. After a crash in between, the next repair publishes the events.
    Raise Unavailable if PostgreSQL or Kafka does not answer.
    """
    # Lookups may use half of the time limit of a run. The other half is for documents without lookups.
    lookup = FallbackLookup(readings, until=time.monotonic() + settings.deadline_seconds / 2)
    context = _RepairContext(database, topics, lookup, settings)
    with database.begin_transaction() as connection:
        documents = list_due_documents(connection, settings)
    for document in documents:
        try:
            events, trace = _repair(context, document)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # an error of one document must not stop the others
            _postpone(database, document, type(error).__name__)
        else:
            if events:
                publish(events, trace)


def _repair(context: _RepairContext, document: UUID) -> tuple[Sequence[Event], Trace]:
    """Count a repair. Return its events and the document's trace, or no events if it is not due or has no time."""
    with context.database.begin_transaction() as connection:
        snapshot = lock_snapshot(connection, document, context.settings)
        if snapshot is None:
            return [], Trace()
        abandoned = select_abandoned_pages(snapshot, _list_engines(context, snapshot), context.settings.max_attempts)
        if abandoned and context.lookup.is_time_up:
            return [], Trace()  # the repair is not counted, so the next run starts with this document
        repaired_at = _count_repair(connection, document)
        events = [] if abandoned else _plan_repairs(connection, context, snapshot)
    if abandoned:
        events = _plan_with_fallbacks(context, snapshot, abandoned, repaired_at)
    stalled = snapshot.document
    log.info(
        "document.repaired",
        document=str(document),
        state=stalled.state,
        events=len(events),
        overdue=stalled.is_overdue,
    )
    return events, Trace(origin=stalled.traceparent)


def _plan_with_fallbacks(
    context: _RepairContext, snapshot: Snapshot, abandoned: Sequence[WaitingPage], repaired_at: datetime
) -> list[Event]:
    """Look up the readings of the `abandoned` pages without a lock, and return the events of the repair.

    `repaired_at` is the time of this repair. Return no events if the document's row has changed since then.
    """
    document = snapshot.document
    pages_with_lookup = list(context.lookup.look_up(document, abandoned))
    if document.is_overdue and not pages_with_lookup:
        return []  # the store did not answer, so the document may have readings
    abandoned_numbers = {page.page for page in abandoned}
    other_pages = [page for page in snapshot.waiting_pages if page.page not in abandoned_numbers]
    with context.database.begin_transaction() as connection:
        if connection.execute(_LOCK_IF_UNCHANGED, [document.document, repaired_at]).fetchone() is None:
            return []
        return _plan_repairs(connection, context, snapshot._replace(waiting_pages=[*other_pages, *pages_with_lookup]))


def _plan_repairs(connection: Connection, context: _RepairContext, snapshot: Snapshot) -> list[Event]:
    """Return the events to publish, and count the attempts of the requested pages."""
    events = plan_repairs(snapshot, _list_engines(context, snapshot), context.settings)
    requested = [event.page for event in events if isinstance(event, PageRequested)]
    connection.execute(_COUNT_ATTEMPTS, [snapshot.document.document, requested])
    return events


def _count_repair(connection: Connection, document: UUID) -> datetime:
    """Count a repair and return its time by the database's clock."""
    repaired_at: datetime = (connection.execute(_COUNT_REPAIR, [document]).fetchone() or {})["pushed_at"]
    return repaired_at


def _postpone(database: Database, document: UUID, error: str) -> None:
    """Count a failed repair. Otherwise every run would start with this document again."""
    log.error("document.not_repaired", document=str(document), error=error)
    with database.begin_transaction() as connection:
        connection.execute(_COUNT_REPAIR, [document])


def _list_engines(context: _RepairContext, snapshot: Snapshot) -> set[str]:
    """Return the engines with a topic for the document. Long documents (`bulk`) have their own topics."""
    bulk = bool(snapshot.document.bulk)
    names = {topic.removeprefix(PAGES_PREFIX) for topic in context.topics if topic.startswith(PAGES_PREFIX)}
    return {name.removesuffix(BULK_SUFFIX) for name in names if name.endswith(BULK_SUFFIX) == bulk}

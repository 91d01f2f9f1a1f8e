"""Repairs stalled documents: publishes the events that they lack, with growing pauses between two repairs."""

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
# Every change and every repair of a document sets another time.
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
    """Publish the events that stalled documents lack. Request pages only from engines that have one of the `topics`.

    A repair is counted before its events are published. So a crash in between counts as a repair, and the next repair
    publishes what is missing. Raise Unavailable if PostgreSQL or Kafka does not answer.
    """
    # Half of the time that the process has: a lookup may take long, and other documents need time too.
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
    """Count a repair and return its events; none if the document is locked or not due any more."""
    with context.database.begin_transaction() as connection:
        snapshot = lock_snapshot(connection, document, context.settings)
        if snapshot is None:
            return [], Trace()
        abandoned = select_abandoned_pages(snapshot, _list_engines(context, snapshot), context.settings.max_attempts)
        if abandoned and context.lookup.is_time_up:
            return [], Trace()  # Not counted, so the document stays first in line, and the next run has time for it.
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
    """Look up fallback readings while the row is unlocked, and return the events; none if the row has changed since."""
    document = snapshot.document
    found = list(context.lookup.look_up(document, abandoned))
    if document.is_overdue and not found:
        return []  # It is not known yet whether the document has readings.
    numbers = {page.page for page in abandoned}
    others = [page for page in snapshot.waiting_pages if page.page not in numbers]
    with context.database.begin_transaction() as connection:
        if connection.execute(_LOCK_IF_UNCHANGED, [document.document, repaired_at]).fetchone() is None:
            return []
        return _plan_repairs(connection, context, snapshot._replace(waiting_pages=[*others, *found]))


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
    """Count a failed repair too. Otherwise the document is first in line in every run."""
    log.error("document.not_repaired", document=str(document), error=error)
    with database.begin_transaction() as connection:
        connection.execute(_COUNT_REPAIR, [document])


def _list_engines(context: _RepairContext, snapshot: Snapshot) -> set[str]:
    """Return the engines that have a topic in the document's lane: bulk or not."""
    bulk = bool(snapshot.document.bulk)
    names = {topic.removeprefix(PAGES_PREFIX) for topic in context.topics if topic.startswith(PAGES_PREFIX)}
    return {name.removesuffix(BULK_SUFFIX) for name in names if name.endswith(BULK_SUFFIX) == bulk}

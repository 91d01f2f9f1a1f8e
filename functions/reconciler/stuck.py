"""Documents that have stopped moving: what they lack is sent again, ever more rarely."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from events.event import Event
from events.page import PageRequested
from events.topics import BULK, PAGES
from functions.reading.store import Readings
from functions.reconciler.asking import Waiting
from functions.reconciler.looking import LookUps, ending
from functions.reconciler.missing import missing
from functions.reconciler.settings import ReconcilerSettings
from functions.reconciler.standing import Standing, due, lock
from functions.runtime.bus import Publish
from functions.runtime.database import Connection, Database
from functions.runtime.errors import Unavailable
from functions.runtime.trace import Trace

log = structlog.get_logger()

_PUSHED = "UPDATE documents SET pushed_at = now(), pushes = pushes + 1 WHERE document = %s RETURNING pushed_at"
# Whatever moves a document or pushes it sets the time anew.
_UNMOVED = """
SELECT document FROM documents
 WHERE document = %s AND pushed_at = %s AND state IN ('open', 'assembling')
   FOR UPDATE"""
_ASKED = "UPDATE pages SET attempts = attempts + 1 WHERE document = %s AND page = ANY(%s)"


@dataclass(frozen=True)
class _Round:
    """What all documents of one look have in common."""

    database: Database
    topics: Collection[str]
    look_ups: LookUps
    settings: ReconcilerSettings


def push_stuck(
    database: Database, publish: Publish, topics: Collection[str], readings: Readings, settings: ReconcilerSettings
) -> None:
    """Send again what stuck documents lack, to engines that have one of these topics.

    The push is committed before, so that a crash is counted too, and what it left unsaid comes at the next.
    """
    # Half of what the process has: one look-up may take long, and others have to get on too.
    look_ups = LookUps(readings, until=time.monotonic() + settings.deadline_seconds / 2)
    this = _Round(database, topics, look_ups, settings)
    with database.transaction() as connection:
        documents = due(connection, settings)
    for document in documents:
        try:
            events, trace = _push(this, document)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # whatever is wrong with one document, the others go on
            _postpone(database, document, type(error).__name__)
        else:
            if events:
                publish(events, trace)


def _push(this: _Round, document: UUID) -> tuple[Sequence[Event], Trace]:
    """Nothing, when somebody else has just pushed it or it has moved."""
    with this.database.transaction() as connection:
        standing = lock(connection, document, this.settings)
        if standing is None:
            return [], Trace()
        pages = ending(standing, _engines(this, standing), this.settings.max_attempts)
        if pages and this.look_ups.are_over:
            return [], Trace()  # Not counted: it stays first in line, and the next look has time for it.
        pushed_at = _count(connection, document)
        events = [] if pages else _said(connection, this, standing)
    if pages:
        events = _ended(this, standing, pages, pushed_at)
    stuck = standing.stuck
    log.info("document.pushed", document=str(document), state=stuck.state, said=len(events), overdue=stuck.overdue)
    return events, Trace(origin=stuck.traceparent)


def _ended(this: _Round, standing: Standing, pages: Sequence[Waiting], pushed_at: datetime) -> list[Event]:
    """With what the store has of these pages. Meanwhile nobody has to wait for the row; where it moved, nothing."""
    stuck = standing.stuck
    found = list(this.look_ups.found(stuck, pages))
    if stuck.overdue and not found:
        return []  # Whether it has readings is not known yet.
    numbers = {page.page for page in pages}
    others = [page for page in standing.waiting if page.page not in numbers]
    with this.database.transaction() as connection:
        if connection.execute(_UNMOVED, [stuck.document, pushed_at]).fetchone() is None:
            return []
        return _said(connection, this, standing._replace(waiting=[*others, *found]))


def _said(connection: Connection, this: _Round, standing: Standing) -> list[Event]:
    """What is to be published, and the requests among it counted."""
    stuck, unplanned, waiting = standing
    events = missing(stuck, unplanned, waiting, _engines(this, standing), this.settings)
    asked = [event.page for event in events if isinstance(event, PageRequested)]
    connection.execute(_ASKED, [stuck.document, asked])
    return events


def _count(connection: Connection, document: UUID) -> datetime:
    """The push; returns its time by the database's clock."""
    pushed_at: datetime = (connection.execute(_PUSHED, [document]).fetchone() or {})["pushed_at"]
    return pushed_at


def _postpone(database: Database, document: UUID, error: str) -> None:
    """Count it as pushed, or it would be first in line for ever."""
    log.error("document.not_pushed", document=str(document), error=error)
    with database.transaction() as connection:
        connection.execute(_PUSHED, [document])


def _engines(this: _Round, standing: Standing) -> set[str]:
    """Those that have a topic for this document's lane."""
    bulk = bool(standing.stuck.bulk)
    names = {topic.removeprefix(PAGES) for topic in this.topics if topic.startswith(PAGES)}
    return {name.removesuffix(BULK) for name in names if name.endswith(BULK) == bulk}

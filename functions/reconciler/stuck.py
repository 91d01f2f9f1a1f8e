"""Documents that have stopped moving: what they lack is sent again, ever more rarely."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from events.event import Event
from events.page import PageRequested
from events.topics import BULK, PAGES
from functions.reconciler.asking import Asking, Waiting
from functions.reconciler.best import best_of
from functions.reconciler.giving_up import given_up
from functions.reconciler.missing import Stuck, missing, request
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.bus import Publish
from functions.runtime.database import Connection, Database
from functions.runtime.errors import Unavailable
from functions.runtime.readings import Readings
from functions.runtime.trace import Trace

log = structlog.get_logger()

# The first comparison is the one that the index answers.
_IS_DUE = """
       state IN ('open', 'assembling')
   AND pushed_at <= now() - make_interval(secs => %(stuck_seconds)s)
   AND pushed_at <= now() - make_interval(
           secs => least(%(stuck_seconds)s * power(2, least(pushes, 30)), %(longest_pause_seconds)s))"""
_DUE = f"SELECT document FROM documents WHERE {_IS_DUE} ORDER BY pushed_at LIMIT %(documents_per_tick)s"  # noqa: S608  # a constant
_LOCK = f"""
SELECT document, tenant, bucket, key, version_id, etag, run, uploaded_at, state, pages,
       accepted_by IS NOT NULL AS accepted, sha256,
       media_type, languages, engines, outputs, min_confidence, consensus, bulk, traceparent,
       created_at <= now() - make_interval(secs => %(deadline_hours)s * 3600) AS overdue, now() AS now
  FROM documents
 WHERE document = %(document)s AND {_IS_DUE}
   FOR UPDATE SKIP LOCKED"""  # noqa: S608  # a constant
_PUSHED = "UPDATE documents SET pushed_at = now(), pushes = pushes + 1 WHERE document = %(document)s"
# A page with an empty route has a text layer, which only intake reads.
_UNPLANNED = """
SELECT min(number) AS page FROM generate_series(1, %(pages)s::integer) AS number
 WHERE NOT EXISTS (SELECT FROM pages WHERE document = %(document)s AND page = number
                                       AND (state <> 'requested' OR route <> '{}'))"""
# These codes speak of an engine that is not there, and no answer at all does too: no page is given up for that.
# A letter is one request, however often it came; `attempts` would count those that only wait behind others.
_WAITING = """
SELECT page, route, route_why AS why, attempts, (
           SELECT count(*) FROM dead_letters
            WHERE subject = document::text || '/pages/' || page AND type = %(type)s
              AND error_code NOT IN (404, 408, 409, 429, 503, 504)) AS refused, (
           SELECT data FROM dead_letters
            WHERE subject = document::text || '/pages/' || page AND type = %(type)s
            ORDER BY last_at DESC LIMIT 1) AS undelivered
  FROM pages
 WHERE document = %(document)s AND state = 'requested' AND route <> '{}'
 ORDER BY attempts, page LIMIT %(pages_per_document)s"""
_ASKED = "UPDATE pages SET attempts = attempts + 1 WHERE document = %s AND page = ANY(%s)"


def push_stuck(
    database: Database, publish: Publish, topics: Collection[str], readings: Readings, settings: ReconcilerSettings
) -> None:
    """Send again what stuck documents lack, to engines that have one of these topics.

    The attempt is committed before, so that a crash is counted too.
    """
    with database.transaction() as connection:
        due = connection.execute(_DUE, settings.model_dump()).fetchall()
    for row in due:
        try:
            events, trace = _push(database, row["document"], topics, readings, settings)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # whatever is wrong with one document, the others go on
            _postpone(database, row["document"], type(error).__name__)
        else:
            if events:
                publish(events, trace)


def _push(
    database: Database, document: UUID, topics: Collection[str], readings: Readings, settings: ReconcilerSettings
) -> tuple[Sequence[Event], Trace]:
    """Nothing, when somebody else has just pushed it or it has moved."""
    values = _values(document, settings)
    with database.transaction() as connection:
        row = connection.execute(_LOCK, values).fetchone()
        if row is None:
            return [], Trace()
        stuck = Stuck(**row)
        events = _missing(connection, stuck, topics, readings, settings)
        asked = [event.page for event in events if isinstance(event, PageRequested)]
        connection.execute(_ASKED, [document, asked])
        connection.execute(_PUSHED, values)
    log.info("document.pushed", document=str(document), state=stuck.state, said=len(events), overdue=stuck.overdue)
    return events, Trace(origin=stuck.traceparent)


def _postpone(database: Database, document: UUID, error: str) -> None:
    """Count it as pushed, or it would be first in line for ever."""
    log.error("document.not_pushed", document=str(document), error=error)
    with database.transaction() as connection:
        connection.execute(_PUSHED, {"document": document})


def _values(document: UUID, settings: ReconcilerSettings) -> dict[str, Any]:
    return {**settings.model_dump(), "document": document, "type": PageRequested.TYPE}


def _missing(
    connection: Connection, stuck: Stuck, topics: Collection[str], readings: Readings, settings: ReconcilerSettings
) -> list[Event]:
    values, engines = _values(stuck.document, settings), _engines(topics, bulk=bool(stuck.bulk))
    unplanned = connection.execute(_UNPLANNED, {**values, "pages": stuck.pages}).fetchone() or {"page": None}
    waiting = [_waiting(row) for row in connection.execute(_WAITING, values)]
    if stuck.accepted:
        waiting = list(_with_best(stuck, waiting, engines, readings, settings.max_attempts))
    return missing(stuck, unplanned["page"], waiting, engines, settings)


def _with_best(
    stuck: Stuck, waiting: Sequence[Waiting], engines: Collection[str], readings: Readings, max_attempts: int
) -> Iterator[Waiting]:
    """Those that are given up, with their best reading; all others are asked for, and their engines find it themselves.

    Of an overdue document no more than tells whether all of them have one.
    """
    for page in waiting:
        if not stuck.overdue and not given_up(page, engines, max_attempts):
            yield page
            continue
        asked = request(stuck, page, Asking(engine=page.route[0], route=(), why=page.why))
        best = best_of(page.undelivered, asked, page.route, readings)
        yield replace(page, best=best)
        if stuck.overdue and best is None:
            return


def _engines(topics: Collection[str], *, bulk: bool) -> set[str]:
    """Those that have a topic for this lane."""
    names = {topic.removeprefix(PAGES) for topic in topics if topic.startswith(PAGES)}
    return {name.removesuffix(BULK) for name in names if name.endswith(BULK) == bulk}


def _waiting(row: dict[str, Any]) -> Waiting:
    """A request of another version than ours tells nothing."""
    try:
        undelivered = row["undelivered"] and PageRequested.model_validate_json(row["undelivered"])
    except ValidationError:
        undelivered = None
    return Waiting(**{**row, "undelivered": undelivered or None})

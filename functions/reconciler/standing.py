"""Where a stuck document stands: its row, locked, and the pages that it waits for."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import ValidationError

from events.page import PageRequested
from functions.reconciler.asking import Waiting
from functions.reconciler.missing import Stuck
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.database import Connection

# The first comparison is the one that the index answers.
_IS_DUE = """
       state IN ('open', 'assembling')
   AND pushed_at <= now() - make_interval(secs => %(stuck_seconds)s)
   AND pushed_at <= now() - make_interval(
           secs => least(%(stuck_seconds)s * power(2, least(pushes, 30)), %(longest_pause_seconds)s))"""
_DUE = f"SELECT document FROM documents WHERE {_IS_DUE} ORDER BY pushed_at LIMIT %(documents_per_tick)s"  # noqa: S608  # a constant
# Long overdue: it was pushed even two longest pauses after its deadline, or after it last moved; so a few times since.
_LOCK = f"""
SELECT document, tenant, bucket, key, version_id, etag, run, uploaded_at, state, pages,
       accepted_by IS NOT NULL AS accepted, sha256,
       media_type, languages, engines, outputs, min_confidence, consensus, bulk, traceparent,
       deadline <= now() AS overdue,
       pushed_at >= greatest(moved_at, deadline) + make_interval(secs => %(longest_pause_seconds)s * 2) AS long_overdue,
       now() AS now
  FROM documents, LATERAL (SELECT created_at + make_interval(secs => %(deadline_hours)s * 3600) AS deadline) AS ends
 WHERE document = %(document)s AND {_IS_DUE}
   FOR UPDATE OF documents SKIP LOCKED"""  # noqa: S608  # a constant
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


class Standing(NamedTuple):
    """`unplanned` is the first page that has neither a result nor an engine to wait for."""

    stuck: Stuck
    unplanned: int | None
    waiting: Sequence[Waiting]


def due(connection: Connection, settings: ReconcilerSettings) -> list[UUID]:
    """Documents that have not moved for long enough, whoever waits longest first."""
    return [row["document"] for row in connection.execute(_DUE, settings.model_dump())]


def lock(connection: Connection, document: UUID, settings: ReconcilerSettings) -> Standing | None:
    """None where somebody else has just pushed it, or it has moved."""
    values: dict[str, Any] = {**settings.model_dump(), "document": document, "type": PageRequested.TYPE}
    row = connection.execute(_LOCK, values).fetchone()
    if row is None:
        return None
    unplanned = connection.execute(_UNPLANNED, {**values, "pages": row["pages"]}).fetchone() or {"page": None}
    waiting = [_waiting(page) for page in connection.execute(_WAITING, values)]
    return Standing(Stuck(**row), unplanned["page"], waiting)


def _waiting(row: dict[str, Any]) -> Waiting:
    """A request of another version than ours tells nothing."""
    try:
        undelivered = row["undelivered"] and PageRequested.model_validate_json(row["undelivered"])
    except ValidationError:
        undelivered = None
    return Waiting(**{**row, "undelivered": undelivered or None})

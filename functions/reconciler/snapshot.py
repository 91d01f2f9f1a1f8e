"""Snapshot of a stalled document: its locked row and the pages that wait for a result.

Two columns of `documents` are about repairs: `pushed_at` is the time of the last change or repair, and `pushes` is the
number of repairs since the last change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import ValidationError

from events.event import DocumentEvent
from events.page import PageRequested
from functions.reconciler.fallback import FallbackReading
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.database import Connection

# The first two conditions are those of the index `documents_unfinished`, so that PostgreSQL uses it.
_IS_DUE = """
       state IN ('open', 'assembling')
   AND pushed_at <= now() - make_interval(secs => %(stuck_seconds)s)
   AND pushed_at <= now() - make_interval(
           secs => least(%(stuck_seconds)s * power(2, least(pushes, 30)), %(longest_pause_seconds)s))"""
_LIST_DUE = f"SELECT document FROM documents WHERE {_IS_DUE} ORDER BY pushed_at LIMIT %(documents_per_tick)s"  # noqa: S608  # _IS_DUE is a constant
# A document is long overdue if its last repair was at least twice `longest_pause_seconds` after its deadline, and also
# after its last change. Then several repairs after the deadline have changed nothing.
_LOCK = f"""
SELECT document, tenant, bucket, key, version_id, etag, run, uploaded_at, state, pages,
       accepted_by IS NOT NULL AS is_accepted, sha256,
       media_type, languages, engines, outputs, min_confidence, consensus, bulk, traceparent,
       deadline <= now() AS is_overdue,
       pushed_at >= greatest(moved_at, deadline) + make_interval(secs => %(longest_pause_seconds)s * 2)
           AS is_long_overdue,
       now() AS now
  FROM documents, LATERAL (SELECT created_at + make_interval(secs => %(deadline_hours)s * 3600) AS deadline) AS ends
 WHERE document = %(document)s AND {_IS_DUE}
   FOR UPDATE OF documents SKIP LOCKED"""  # noqa: S608  # _IS_DUE is a constant
# A page with an empty route has a text layer, which only intake reads. Without a result, it counts as unplanned, so
# intake gets the page again.
_FIRST_UNPLANNED_PAGE = """
SELECT min(number) AS page FROM generate_series(1, %(pages)s::integer) AS number
 WHERE NOT EXISTS (SELECT FROM pages WHERE document = %(document)s AND page = number
                                       AND (state <> 'requested' OR route <> '{}'))"""
# A dead letter with one of these codes, or without a code, means that the engine was unavailable. That is no reason to
# abandon a page. A dead letter counts as one failed request, even if it came several times. `attempts` counts every
# request.
_WAITING_PAGES = """
SELECT page, route, route_why AS why, attempts, (
           SELECT count(*) FROM dead_letters
            WHERE subject = document::text || '/pages/' || page AND type = %(type)s
              AND error_code NOT IN (404, 408, 409, 429, 503, 504)) AS failed_requests, (
           SELECT data FROM dead_letters
            WHERE subject = document::text || '/pages/' || page AND type = %(type)s
            ORDER BY last_at DESC LIMIT 1) AS undelivered_request
  FROM pages
 WHERE document = %(document)s AND state = 'requested' AND route <> '{}'
 ORDER BY attempts, page LIMIT %(pages_per_document)s"""


@dataclass(frozen=True, kw_only=True)
class StalledDocument:
    """The row of a stalled document. Columns that acceptance sets are None before it. `now` is the database's time.

    `is_long_overdue` is true if several repairs after the deadline changed nothing.
    """

    document: UUID
    tenant: str
    bucket: str
    key: str
    version_id: str | None
    etag: str
    run: int
    uploaded_at: datetime | None
    state: str
    pages: int | None
    is_accepted: bool
    sha256: str | None
    media_type: str | None
    languages: list[str] | None
    engines: list[str] | None
    outputs: list[str] | None
    min_confidence: float | None
    consensus: bool | None
    bulk: bool | None
    traceparent: str | None
    is_overdue: bool
    is_long_overdue: bool = False
    now: datetime

    @property
    def document_fields(self) -> dict[str, Any]:
        """The fields that every event about this document has."""
        return {name: getattr(self, name) for name in DocumentEvent.model_fields}


@dataclass(frozen=True, kw_only=True)
class WaitingPage:
    """A page without a result. `attempts` counts its requests; `failed_requests` counts failures in an engine.

    `undelivered_request` is the last request that came back as a dead letter. It has the remaining route and the best
    reading so far. `fallback` is a stored reading, which is looked up only if no engine will read the page any more.
    """

    page: int
    route: list[str]
    why: str
    attempts: int
    failed_requests: int
    undelivered_request: PageRequested | None = None
    fallback: FallbackReading | None = None


class Snapshot(NamedTuple):
    """A stalled document and its waiting pages.

    `first_unplanned_page` is the number of the first page with neither a result nor an engine on its route, or None.
    """

    document: StalledDocument
    first_unplanned_page: int | None
    waiting_pages: Sequence[WaitingPage]


def list_due_documents(connection: Connection, settings: ReconcilerSettings) -> list[UUID]:
    """Return the ids of the documents that are due for a repair. The longest waiting document comes first."""
    return [row["document"] for row in connection.execute(_LIST_DUE, settings.model_dump())]


def lock_snapshot(connection: Connection, document: UUID, settings: ReconcilerSettings) -> Snapshot | None:
    """Lock the document's row and return its snapshot. Return None if the row is locked or the repair is not due."""
    parameters: dict[str, Any] = {**settings.model_dump(), "document": document, "type": PageRequested.TYPE}
    row = connection.execute(_LOCK, parameters).fetchone()
    if row is None:
        return None
    unplanned_row = connection.execute(_FIRST_UNPLANNED_PAGE, {**parameters, "pages": row["pages"]}).fetchone()
    pages = [_parse_waiting_page(page) for page in connection.execute(_WAITING_PAGES, parameters)]
    return Snapshot(StalledDocument(**row), unplanned_row["page"] if unplanned_row else None, pages)


def _parse_waiting_page(row: dict[str, Any]) -> WaitingPage:
    """Return the page of a row. A request that cannot be parsed is ignored: another version of Pagebus wrote it."""
    request_json = row["undelivered_request"]
    try:
        request = PageRequested.model_validate_json(request_json) if request_json else None
    except ValidationError:
        request = None
    return WaitingPage(**{**row, "undelivered_request": request})

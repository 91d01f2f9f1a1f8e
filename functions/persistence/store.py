"""What PostgreSQL knows of a document, read under its lock."""

from uuid import UUID

from events.catalogue import Outcome
from events.document import FailedPage, OutputFormat
from events.reasons import PageFailure
from events.states import DocumentState, PageState
from functions.persistence.facts import Summary
from functions.persistence.transitions import Document, Known, Page, numbers
from functions.runtime.database import Connection

_LOCK = """
SELECT state, pages, recognized, failed, sha256, outputs, accepted_by, closed_by, ended_by
  FROM documents WHERE document = %s FOR UPDATE"""
_CREATE = """
INSERT INTO documents (document, tenant, bucket, key, version_id, etag, run, uploaded_at, traceparent)
VALUES (%(document)s, %(tenant)s, %(bucket)s, %(key)s, %(version_id)s, %(etag)s, %(run)s, %(uploaded_at)s,
        %(traceparent)s)
    ON CONFLICT DO NOTHING"""
_PAGES = """
SELECT page, state, route IS NOT NULL AS planned, outcome
  FROM pages WHERE document = %s AND page = ANY(%s)"""
_SUMMARY = """
SELECT avg(confidence) FILTER (WHERE state = 'recognized') AS confidence,
       coalesce(sum(seconds_reading + coalesce(seconds_others, 0)) FILTER (WHERE state = 'recognized'), 0)
           AS engine_seconds
  FROM pages WHERE document = %s"""
_FAILED = "SELECT page, reason FROM pages WHERE document = %s AND state = 'failed' ORDER BY page"


def lock(connection: Connection, outcome: Outcome, traceparent: str | None) -> Known:
    """What is known of the outcome's document, which nobody else changes until the transaction ends."""
    row = connection.execute(_LOCK, [outcome.document]).fetchone()
    if row is None:
        connection.execute(_CREATE, {**outcome.origin(), "traceparent": traceparent})
        row = connection.execute(_LOCK, [outcome.document]).fetchone() or {}
    row |= {"state": DocumentState(row["state"]), "outputs": tuple(OutputFormat(name) for name in row["outputs"] or ())}
    return Known(document=Document(**row), pages=_pages(connection, outcome))


def _pages(connection: Connection, outcome: Outcome) -> dict[int, Page]:
    if not (pages := numbers(outcome)):
        return {}
    rows = connection.execute(_PAGES, [outcome.document, list(pages)])
    return {
        row["page"]: Page(state=PageState(row["state"]), planned=row["planned"], outcome=row["outcome"]) for row in rows
    }


def summary(connection: Connection, document: UUID) -> Summary:
    """What the pages of a document come to."""
    sums = connection.execute(_SUMMARY, [document]).fetchone() or {}
    failed = tuple(
        FailedPage(page=row["page"], reason=PageFailure(row["reason"]))
        for row in connection.execute(_FAILED, [document])
    )
    return Summary(**sums, failed_pages=failed)

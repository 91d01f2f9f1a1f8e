"""Queries that lock the row of a document and load its state from PostgreSQL."""

from uuid import UUID

from events.catalogue import Outcome
from events.document import DocumentAssembled, FailedPage, OutputFormat
from events.reasons import PageFailure
from events.states import DocumentState, PageState
from functions.persistence.transitions import (
    DocumentRecord,
    PageRecord,
    PagesSummary,
    StoredState,
    list_page_numbers,
)
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
SELECT page, state, route IS NOT NULL AS is_planned, outcome
  FROM pages WHERE document = %s AND page = ANY(%s)"""
_SUMMARY = """
SELECT avg(confidence) FILTER (WHERE state = 'recognized') AS confidence,
       coalesce(sum(seconds_reading + coalesce(seconds_others, 0)) FILTER (WHERE state = 'recognized'), 0)
           AS engine_seconds
  FROM pages WHERE document = %s"""
_FAILED_PAGES = "SELECT page, reason FROM pages WHERE document = %s AND state = 'failed' ORDER BY page"


def lock_document(connection: Connection, outcome: Outcome, traceparent: str | None) -> StoredState:
    """Lock the row of the outcome's document until the transaction ends, and return the stored state.

    If the row does not exist, create it with `traceparent` as the trace of the document.
    """
    row = connection.execute(_LOCK, [outcome.document]).fetchone()
    if row is None:
        connection.execute(_CREATE, {**outcome.document_fields, "traceparent": traceparent})
        row = connection.execute(_LOCK, [outcome.document]).fetchone() or {}
    row |= {"state": DocumentState(row["state"]), "outputs": tuple(OutputFormat(name) for name in row["outputs"] or ())}
    return StoredState(
        document=DocumentRecord(**row),
        pages=_load_pages(connection, outcome),
        summary=_summarize_pages(connection, outcome.document) if isinstance(outcome, DocumentAssembled) else None,
    )


def _load_pages(connection: Connection, outcome: Outcome) -> dict[int, PageRecord]:
    if not (numbers := list_page_numbers(outcome)):
        return {}
    rows = connection.execute(_PAGES, [outcome.document, list(numbers)])
    return {
        row["page"]: PageRecord(state=PageState(row["state"]), is_planned=row["is_planned"], outcome=row["outcome"])
        for row in rows
    }


def _summarize_pages(connection: Connection, document: UUID) -> PagesSummary:
    totals = connection.execute(_SUMMARY, [document]).fetchone() or {}
    failed_pages = tuple(
        FailedPage(page=row["page"], reason=PageFailure(row["reason"]))
        for row in connection.execute(_FAILED_PAGES, [document])
    )
    return PagesSummary(**totals, failed_pages=failed_pages)

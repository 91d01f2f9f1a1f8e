"""Queries of documents, pages and outputs in PostgreSQL, as the API returns them."""

from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict, Field

from events.document import OutputFormat
from events.states import DocumentState, PageState
from functions.runtime.database import Database

_DOCUMENT = """
SELECT document, tenant, bucket, key, state, pages, recognized, failed, reason, message, confidence, engine_seconds,
       created_at, accepted_at, ended_at
  FROM documents WHERE document = %s"""
_OUTPUTS = "SELECT format, dataref, media_type, size FROM outputs WHERE document = %s ORDER BY format"
_PAGES = """
SELECT page, state, engine, engine_version, confidence, best_effort, why, reason, message
  FROM pages WHERE document = %s ORDER BY page"""


class _Details(BaseModel):
    model_config = ConfigDict(frozen=True)


class OutputDetails(_Details):
    """An output file; `size` is in bytes. The response has a link instead of `dataref`, so `dataref` is excluded."""

    format: OutputFormat
    dataref: str = Field(exclude=True)
    media_type: str
    size: int


class PageDetails(_Details):
    """The stored columns of a page, except its text. Fields without a value are None, for example before the result."""

    page: int
    state: PageState
    engine: str | None
    engine_version: str | None
    confidence: float | None
    best_effort: bool | None
    why: str | None
    reason: str | None
    message: str | None


class DocumentDetails(_Details):
    """The stored columns of a document. `pages`, `recognized` and `failed` count pages.

    `pages` is None until the document is accepted. Fields that describe the end are None before the end.
    """

    document: UUID
    tenant: str
    bucket: str
    key: str
    state: DocumentState
    pages: int | None
    recognized: int
    failed: int
    reason: str | None
    message: str | None
    confidence: float | None
    engine_seconds: float | None
    created_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None


class DocumentStore:
    """Store of documents in PostgreSQL. Every method raises Unavailable if PostgreSQL does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, document: UUID) -> DocumentDetails | None:
        """Return the document, or None if no document has this id."""
        with (
            self._database.begin_transaction() as connection,
            connection.cursor(row_factory=class_row(DocumentDetails)) as cursor,
        ):
            return cursor.execute(_DOCUMENT, (document,)).fetchone()

    def list_outputs(self, document: UUID) -> list[OutputDetails]:
        """Return the outputs of a document, ordered by format."""
        with (
            self._database.begin_transaction() as connection,
            connection.cursor(row_factory=class_row(OutputDetails)) as cursor,
        ):
            return cursor.execute(_OUTPUTS, (document,)).fetchall()

    def list_pages(self, document: UUID) -> list[PageDetails]:
        """Return the pages of a document that have a row so far, ordered by number."""
        with (
            self._database.begin_transaction() as connection,
            connection.cursor(row_factory=class_row(PageDetails)) as cursor,
        ):
            return cursor.execute(_PAGES, (document,)).fetchall()

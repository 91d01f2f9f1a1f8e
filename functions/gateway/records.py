"""What PostgreSQL knows of a document, in the words of the API."""

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


class Row(BaseModel):
    """One row; immutable."""

    model_config = ConfigDict(frozen=True)


class Output(Row):
    """One file that was written. Its place is ours; people get a link."""

    format: OutputFormat
    dataref: str = Field(exclude=True)
    media_type: str
    size: int


class Page(Row):
    """One page, without its text."""

    page: int
    state: PageState
    engine: str | None
    engine_version: str | None
    confidence: float | None
    best_effort: bool | None
    why: str | None
    reason: str | None
    message: str | None


class Document(Row):
    """One document. `pages` is unknown until it was accepted."""

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


class Records:
    """Reads PostgreSQL. Every method raises Unavailable when it is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, document: UUID) -> Document | None:
        """The document, or None."""
        with self._database.transaction() as connection, connection.cursor(row_factory=class_row(Document)) as rows:
            return rows.execute(_DOCUMENT, (document,)).fetchone()

    def outputs(self, document: UUID) -> list[Output]:
        """What was written, by format."""
        with self._database.transaction() as connection, connection.cursor(row_factory=class_row(Output)) as rows:
            return rows.execute(_OUTPUTS, (document,)).fetchall()

    def pages(self, document: UUID) -> list[Page]:
        """The pages known so far, in order."""
        with self._database.transaction() as connection, connection.cursor(row_factory=class_row(Page)) as rows:
            return rows.execute(_PAGES, (document,)).fetchall()

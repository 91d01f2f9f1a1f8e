"""Queries on the table of documents: find them by id, and load their states, options and progress."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.rows import class_row

from events.states import TERMINAL_STATES, DocumentState
from local.cli.queries.connection import connect
from local.cli.queries.pages import LOW_CONFIDENCE
from local.cli.shell.errors import CommandFailedError, UsageError
from local.cli.shell.parsing import parse_id_prefix

#: The columns with the options of an upload. If the upload does not set an option, intake stores its own default.
OPTION_COLUMNS = ("languages", "engines", "outputs", "min_confidence", "consensus")
_COLUMNS = f"""SELECT document::text, tenant, key, state, pages, recognized, failed, reason,
    (SELECT count(*) FROM pages
      WHERE pages.document = documents.document AND {LOW_CONFIDENCE}) AS low_confidence"""  # noqa: S608  # a constant
_SELECT = _COLUMNS + " FROM documents "


@dataclass(frozen=True)
class Document:
    """A document and its state.

    `document` is the id, and `key` the object key. `pages` is None until intake has counted the pages. `recognized`,
    `failed` and `low_confidence` are numbers of pages. The text of a page with low confidence may be wrong. `reason`
    is the reason code of a failed or rejected document.
    """

    document: str
    tenant: str
    key: str
    state: str
    pages: int | None = None
    recognized: int = 0
    failed: int = 0
    reason: str | None = None
    low_confidence: int = 0

    @property
    def short_id(self) -> str:
        """The first 8 digits of the id, which `find_document` accepts."""
        return self.document[:8]

    @property
    def name(self) -> str:
        """The object key without the upload folder and the tenant."""
        return self.key.split("/", 2)[-1]

    @property
    def has_ended(self) -> bool:
        return self.state in TERMINAL_STATES

    @property
    def is_completed(self) -> bool:
        return self.state == DocumentState.COMPLETED

    @property
    def shortfall(self) -> str:
        """A text with the numbers of failed and low-confidence pages, or an empty string if there are none."""
        counts = ((self.failed, "failed"), (self.low_confidence, "low confidence"))
        return ", ".join(f"{pages} {label}" for pages, label in counts if pages)


@dataclass(frozen=True, kw_only=True)
class ListedDocument(Document):
    """A document with the times of its creation and of its last change of state."""

    created_at: datetime
    moved_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-serializable values; times are in ISO 8601."""
        return {**asdict(self), "created_at": self.created_at.isoformat(), "moved_at": self.moved_at.isoformat()}


@dataclass(frozen=True)
class DocumentRun:
    """A run: one request to read an uploaded object, and the document that this request creates.

    A further request to read the same bytes under the same key is another run with another document id. Runs of an
    object are numbered from 0. `ended_at` is None while the document is in progress.
    """

    document: str
    key: str
    etag: str
    run: int
    state: str
    ended_at: datetime | None


@dataclass(frozen=True)
class DocumentProgress:
    """The history of a document so far.

    `message` explains to users why the document ended without a text, or is None. `repairs` is the number of repairs by
    the reconciler since the last change of the document, and `repaired_at` is the time of the last change or repair.
    `moved_at` is the time of the last change of state. `min_confidence` is the expected character accuracy that each
    page should have, from 0 to 1.
    """

    message: str | None
    is_accepted: bool
    created_at: datetime
    accepted_at: datetime | None
    moved_at: datetime
    repaired_at: datetime
    repairs: int
    ended_at: datetime | None
    min_confidence: float | None = None


def list_newest(
    database: str, *, state: DocumentState | None, tenant: str | None, limit: int | None
) -> list[ListedDocument]:
    """Return the newest `limit` documents with this state and tenant, newest first.

    None stands for every state, every tenant, or no limit.
    """
    query = (
        _COLUMNS
        + """, created_at, moved_at FROM documents WHERE (%(state)s::text IS NULL OR state = %(state)s)
        AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s)
        ORDER BY created_at DESC, document LIMIT %(limit)s"""
    )
    with connect(database) as connection, connection.cursor(row_factory=class_row(ListedDocument)) as cursor:
        return cursor.execute(query, {"state": state, "tenant": tenant, "limit": limit}).fetchall()


def find_by_ids(database: str, ids: Iterable[str]) -> dict[str, Document]:
    """Return the documents with these ids, by id. Ids that do not exist are not in the result."""
    documents = _select_documents(database, "WHERE document = ANY(%s::uuid[])", [list(ids)])
    return {document.document: document for document in documents}


def find_runs(database: str, bucket: str, keys: Iterable[str]) -> list[DocumentRun]:
    """Return all runs of the objects with these keys."""
    query = """SELECT document::text, key, etag, run, state, ended_at
        FROM documents WHERE bucket = %s AND key = ANY(%s)"""
    with connect(database) as connection, connection.cursor(row_factory=class_row(DocumentRun)) as cursor:
        return cursor.execute(query, [bucket, list(keys)]).fetchall()


def load_options(database: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the options by name for each document id. The values are None until intake has accepted the document."""
    if not ids:
        return {}
    query = """SELECT document::text, languages, engines, outputs, min_confidence, consensus
        FROM documents WHERE document = ANY(%s::uuid[])"""
    with connect(database) as connection:
        rows = connection.execute(query, [list(ids)])
        return {document: dict(zip(OPTION_COLUMNS, values, strict=True)) for document, *values in rows}


def find_document(database: str, prefix: str) -> Document:
    """Return the only document whose id starts with the prefix.

    Raise CommandFailedError if no id matches. Raise UsageError if several ids match, or if the prefix is malformed.
    """
    bounds = parse_id_prefix(prefix, kind="document", list_command="pagebus status")
    documents = _select_documents(database, "WHERE document BETWEEN %s AND %s LIMIT 2", bounds)
    if not documents:
        raise CommandFailedError(f"No document has an id that starts with {prefix}. `pagebus status` lists documents.")
    if len(documents) > 1:
        raise UsageError(f"Several documents have an id that starts with {prefix}. Give more digits.")
    return documents[0]


def load_traceparent(database: str, document: str) -> str | None:
    """Return the W3C traceparent of the document's upload event, or None if the event had none."""
    with connect(database) as connection:
        row = connection.execute("SELECT traceparent FROM documents WHERE document = %s", [document]).fetchone()
        return row[0] if row else None


def load_progress(database: str, document: str) -> DocumentProgress:
    """Return the history of a document. Raise CommandFailedError if the document no longer exists."""
    query = """SELECT message, accepted_by IS NOT NULL AS is_accepted, created_at, accepted_at, moved_at,
        pushed_at AS repaired_at, pushes AS repairs, ended_at, min_confidence FROM documents WHERE document = %s"""
    with connect(database) as connection, connection.cursor(row_factory=class_row(DocumentProgress)) as cursor:
        progress = cursor.execute(query, [document]).fetchone()
    if progress is None:
        raise CommandFailedError(f"Document {document} no longer exists. `pagebus status` lists documents.")
    return progress


def count_by_state(database: str, tenant: str | None) -> dict[str, int]:
    """Return the number of documents by state, in the order of DocumentState, without states that have none.

    If `tenant` is not None, count the documents of this tenant only.
    """
    query = """SELECT state, count(*) FROM documents
        WHERE %(tenant)s::text IS NULL OR tenant = %(tenant)s GROUP BY state"""
    with connect(database) as connection:
        counts: dict[str, int] = dict(connection.execute(query, {"tenant": tenant}).fetchall())
    return {state: counts[state] for state in DocumentState if state in counts}


def count_documents(database: str) -> int:
    with connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM documents").fetchone()
        return int(row[0]) if row else 0


def _select_documents(
    database: str, where: LiteralString, parameters: Sequence[Any] | Mapping[str, Any]
) -> list[Document]:
    with connect(database) as connection, connection.cursor(row_factory=class_row(Document)) as cursor:
        return cursor.execute(_SELECT + where, parameters).fetchall()

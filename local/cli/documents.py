"""What PostgreSQL says about documents, for who asks on a terminal."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.rows import class_row, dict_row

from events.states import ENDED, DocumentState
from local.cli.database import connection
from local.cli.errors import Failed, Impossible
from local.cli.names import id_range

#: What of the uploader's wishes is kept with a document, settled: what was not wished for is as intake has it.
WISHES = ("languages", "engines", "outputs", "min_confidence", "consensus")
#: Of a row of pages. Whoever asked for nothing in particular is told too that nothing is likely to be right.
UNSURE = "coalesce(best_effort OR confidence = 0, FALSE)"
_MEMBERS = f"""SELECT document::text, tenant, key, state, pages, recognized, failed, reason,
    (SELECT count(*) FROM pages
      WHERE pages.document = documents.document AND {UNSURE}) AS unsure"""  # noqa: S608  # a constant
_SELECT = _MEMBERS + " FROM documents "


@dataclass(frozen=True)
class Document:
    """`pages` is None until they have been counted. Of the recognized, `unsure` are those whose text may be wrong."""

    document: str
    tenant: str
    key: str
    state: str
    pages: int | None = None
    recognized: int = 0
    failed: int = 0
    reason: str | None = None
    unsure: int = 0

    @property
    def short(self) -> str:
        """As much of the id as a terminal has room for; `find` takes it."""
        return self.document[:8]

    @property
    def name(self) -> str:
        """What the file was called, without the folders that only say whose it is."""
        return self.key.split("/", 2)[-1]

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def completed(self) -> bool:
        return self.state == DocumentState.COMPLETED


@dataclass(frozen=True, kw_only=True)
class Listed(Document):
    """With when it was first heard of, and when something last became of it."""

    created_at: datetime
    moved_at: datetime

    def told(self) -> dict[str, Any]:
        return {**asdict(self), "created_at": self.created_at.isoformat(), "moved_at": self.moved_at.isoformat()}


@dataclass(frozen=True)
class Run:
    """One reading of some bytes under a key; `run` counts fresh ones from 0."""

    document: str
    key: str
    etag: str
    run: int
    state: str
    ended_at: datetime | None


@dataclass(frozen=True)
class Page:
    """`seconds` is what all its engines took, `why` is why this one, `attempts` is how often one was asked.

    `best_effort`: it is less sure than was asked for. `unsure`: its text may be wrong. `empty`: nothing was read there.
    """

    page: int
    state: str
    engine: str | None
    confidence: float | None
    seconds: float | None
    reason: str | None
    message: str | None = None
    route: tuple[str, ...] = ()
    why: str | None = None
    attempts: int = 1
    best_effort: bool = False
    unsure: bool = False
    empty: bool = False


@dataclass(frozen=True)
class Course:
    """How a document came along: `message` is for people, `pushes` counts how often it was set in motion again.

    `wanted` is the share of characters that are to be right on each page.
    """

    message: str | None
    accepted: bool
    created_at: datetime
    accepted_at: datetime | None
    moved_at: datetime
    pushed_at: datetime
    pushes: int
    ended_at: datetime | None
    wanted: float | None = None


def newest(database: str, *, state: DocumentState | None, tenant: str | None, limit: int | None) -> list[Listed]:
    """Documents, the newest first."""
    query = (
        _MEMBERS
        + """, created_at, moved_at FROM documents WHERE (%(state)s::text IS NULL OR state = %(state)s)
        AND (%(tenant)s::text IS NULL OR tenant = %(tenant)s)
        ORDER BY created_at DESC, document LIMIT %(limit)s"""
    )
    with connection(database) as connected, connected.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(query, {"state": state, "tenant": tenant, "limit": limit}).fetchall()


def named(database: str, ids: Iterable[str]) -> dict[str, Document]:
    """Those of these documents that are known, by id."""
    return {found.document: found for found in _documents(database, "WHERE document = ANY(%s::uuid[])", [list(ids)])}


def runs(database: str, bucket: str, keys: Iterable[str]) -> list[Run]:
    """Every reading of what was uploaded under these keys."""
    query = """SELECT document::text, key, etag, run, state, ended_at
        FROM documents WHERE bucket = %s AND key = ANY(%s)"""
    with connection(database) as connected, connected.cursor(row_factory=class_row(Run)) as cursor:
        return cursor.execute(query, [bucket, list(keys)]).fetchall()


def wishes_of(database: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What each of these documents is read by, all None before intake has accepted it."""
    if not ids:
        return {}
    query = """SELECT document::text, languages, engines, outputs, min_confidence, consensus
        FROM documents WHERE document = ANY(%s::uuid[])"""
    with connection(database) as connected:
        return {one: dict(zip(WISHES, said, strict=True)) for one, *said in connected.execute(query, [list(ids)])}


def find(database: str, prefix: str) -> Document:
    """The one document whose id begins so. Raises Failed for none, Impossible for several or for what is no id."""
    between = id_range(prefix, what="document", where="pagebus status")
    found = _documents(database, "WHERE document BETWEEN %s AND %s LIMIT 2", between)
    if not found:
        raise Failed(f"No document's id begins with {prefix}. `pagebus status` lists them.")
    if len(found) > 1:
        raise Impossible(f"Several documents' ids begin with {prefix}. Give more of the id.")
    return found[0]


def traceparent(database: str, document: str) -> str | None:
    """The trace that its way began with."""
    with connection(database) as connected:
        found = connected.execute("SELECT traceparent FROM documents WHERE document = %s", [document]).fetchone()
        return found[0] if found else None


def course(database: str, document: str) -> Course:
    """Raises Failed for a document that is gone."""
    query = """SELECT message, accepted_by IS NOT NULL AS accepted, created_at, accepted_at, moved_at, pushed_at,
        pushes, ended_at, min_confidence AS wanted FROM documents WHERE document = %s"""
    with connection(database) as connected, connected.cursor(row_factory=class_row(Course)) as cursor:
        found = cursor.execute(query, [document]).fetchone()
    if found is None:
        raise Failed(f"{document} is gone. `pagebus status` lists what is there.")
    return found


def pages(database: str, document: str) -> list[Page]:
    """In their order, as far as they are planned."""
    return pages_of(database, [document])[document]


def pages_of(database: str, ids: Iterable[str]) -> defaultdict[str, list[Page]]:
    """The same for each of these documents."""
    query = f"""SELECT document::text, page, state, engine, confidence,
        seconds_reading + coalesce(seconds_others, 0) AS seconds, reason, message,
        coalesce(route, '{{}}') AS route, coalesce(why, route_why) AS why, attempts,
        coalesce(best_effort, FALSE) AS best_effort, {UNSURE} AS unsure,
        state = 'recognized' AND coalesce(text = '', FALSE) AS empty
        FROM pages WHERE document = ANY(%s::uuid[]) ORDER BY document, page"""  # noqa: S608  # a constant
    found: defaultdict[str, list[Page]] = defaultdict(list)
    with connection(database) as connected, connected.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query, [list(ids)]):
            found[row.pop("document")].append(Page(**{**row, "route": tuple(row["route"])}))
    return found


def states(database: str, tenant: str | None) -> dict[str, int]:
    """How many documents there are in each state that some are in."""
    query = """SELECT state, count(*) FROM documents
        WHERE %(tenant)s::text IS NULL OR tenant = %(tenant)s GROUP BY state"""
    with connection(database) as connected:
        counted: dict[str, int] = dict(connected.execute(query, {"tenant": tenant}).fetchall())
    return {state: counted[state] for state in DocumentState if state in counted}


def count(database: str) -> int:
    with connection(database) as connected:
        found = connected.execute("SELECT count(*) FROM documents").fetchone()
        return int(found[0]) if found else 0


def outputs(database: str, document: str) -> dict[str, str]:
    """Where its outputs are (s3://bucket/key), by format."""
    return outputs_of(database, [document]).get(document, {})


def outputs_of(database: str, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The same for each of these documents that has any."""
    if not ids:
        return {}
    query = "SELECT document::text, format, dataref FROM outputs WHERE document = ANY(%s::uuid[])"
    written: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with connection(database) as connected:
        for document, name, dataref in connected.execute(query, [ids]):
            written[document][name] = dataref
    return written


def _documents(database: str, where: LiteralString, parameters: Sequence[Any] | Mapping[str, Any]) -> list[Document]:
    with connection(database) as connected, connected.cursor(row_factory=class_row(Document)) as cursor:
        return cursor.execute(_SELECT + where, parameters).fetchall()

"""The table of dead letters, looked through."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row, dict_row

from local.cli import durations
from local.cli.database import connection
from local.cli.errors import Failed, Impossible
from local.cli.letters import sentence
from local.cli.names import function_of, id_range, like

_NO_ANSWER = "none"
_STATUS = re.compile(r"[1-9][0-9]{2}")
# A trace is called as its document, as long as nobody brought one.
_MEANT = """
       (%(types)s::text[] IS NULL OR type LIKE ANY(%(types)s))
   AND (%(code)s::integer IS NULL OR error_code = %(code)s)
   AND (NOT %(unanswered)s OR error_code IS NULL)
   AND (%(source)s::text IS NULL OR source = %(source)s)
   AND (%(function)s::text IS NULL OR error_dest ~ ('^https?://' || %(function)s || '([.:/]|$)'))
   AND (%(seconds)s::float IS NULL OR last_at >= now() - make_interval(secs => %(seconds)s))
   AND (%(digits)s::text IS NULL
        OR translate(subject, '-', '') LIKE %(digits)s || '%%' OR traceparent LIKE '00-' || %(digits)s || '%%')
   AND (%(letters)s::uuid[] IS NULL OR letter = ANY(%(letters)s))"""
_COLUMNS = """letter::text, id, source, type, subject, error_dest, error_code AS code, error_data AS answer,
       first_at, last_at, times, resent, resent_at"""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A dead letter, without what it says. `code` is None when there was no answer, `answer` also when it was empty."""

    letter: str
    id: str
    source: str
    type: str
    subject: str | None
    error_dest: str
    code: int | None
    answer: str | None
    first_at: datetime
    last_at: datetime
    times: int
    resent: int
    resent_at: datetime | None

    @property
    def short(self) -> str:
        return self.letter[:8]

    @property
    def function(self) -> str:
        """Who did not take it."""
        return function_of(self.error_dest)

    @property
    def reason(self) -> str:
        """Why not, in a line."""
        return sentence(self.answer or "", self.type)

    @property
    def is_out(self) -> bool:
        """Whether it was sent again and has not come back."""
        return self.resent_at is not None and self.resent_at >= self.last_at

    def told(self) -> dict[str, Any]:
        """All of it, for programs."""
        moments = {name: getattr(self, name) for name in ("first_at", "last_at", "resent_at")}
        told = {name: moment and moment.isoformat() for name, moment in moments.items()}
        return {**asdict(self), **told, "function": self.function, "reason": self.reason, "is_out": self.is_out}


@dataclass(frozen=True, kw_only=True)
class Meant:
    """The filters as given: which letters are meant. `code` is a status, or none for no answer."""

    type: str | None = None
    code: str | None = None
    source: str | None = None
    function: str | None = None
    since: str | None = None
    document: str | None = None

    @property
    def anything(self) -> bool:
        """Whether anything is said at all."""
        return any(value is not None for value in vars(self).values())

    def values(self, letters: Sequence[UUID] | None = None) -> dict[str, Any]:
        """For the query. Raises Impossible for what is not understood."""
        if self.document is not None:
            id_range(self.document, what="document", where="pagebus status")
        if self.code is not None and self.code != _NO_ANSWER and not _STATUS.fullmatch(self.code):
            raise Impossible(f"--code {self.code!r}: give a status such as 422, or {_NO_ANSWER} for no answer.")
        return {
            "types": None if self.type is None else like(self.type),
            "code": None if self.code in {None, _NO_ANSWER} else self.code,
            "unanswered": self.code == _NO_ANSWER,
            "source": self.source,
            "function": None if self.function is None else re.escape(self.function),
            "seconds": None if self.since is None else durations.seconds("--since", self.since),
            "digits": None if self.document is None else self.document.replace("-", "").lower(),
            "letters": letters,
        }


def listed(database: str, meant: Meant, limit: int | None) -> tuple[int, list[Kept]]:
    """How many there are, and the newest of them."""
    values = {**meant.values(), "limit": limit}
    with connection(database) as connected:
        counted = connected.execute(f"SELECT count(*) FROM dead_letters WHERE {_MEANT}", values).fetchone()  # noqa: S608  # a constant
        cursor = connected.cursor(row_factory=class_row(Kept))
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE {_MEANT} ORDER BY last_at DESC, letter LIMIT %(limit)s"  # noqa: S608  # constants
        return int(counted[0]) if counted else 0, cursor.execute(query, values).fetchall()


def chosen(database: str, meant: Meant, letters: Sequence[UUID] | None) -> list[UUID]:
    """The ids of those that are meant, and among `letters` if these are given; the oldest first."""
    with connection(database) as connected:
        query = f"SELECT letter FROM dead_letters WHERE {_MEANT} ORDER BY last_at, letter"  # noqa: S608  # a constant
        return [letter for (letter,) in connected.execute(query, meant.values(letters))]


def find(database: str, prefix: str) -> Kept:
    """The one letter whose id begins so. Raises Failed for none, Impossible for several or for what is no id."""
    between = id_range(prefix, what="letter", where="pagebus dead-letters list")
    with connection(database) as connected, connected.cursor(row_factory=class_row(Kept)) as cursor:
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE letter BETWEEN %s AND %s LIMIT 2"  # noqa: S608  # a constant
        found = cursor.execute(query, between).fetchall()
    if not found:
        raise Failed(f"No dead letter's id begins with {prefix}. `pagebus dead-letters list` lists them.")
    if len(found) > 1:
        raise Impossible(f"Several dead letters' ids begin with {prefix}. Give more of the id.")
    return found[0]


def about(database: str, document: str, pages: Sequence[int], limit: int) -> list[Kept]:
    """The newest about a document or these pages of it."""
    query = f"SELECT {_COLUMNS} FROM dead_letters WHERE subject = ANY(%s) ORDER BY last_at DESC, letter LIMIT %s"  # noqa: S608  # a constant
    subjects = [document, *(f"{document}/pages/{page}" for page in pages)]
    with connection(database) as connected, connected.cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(query, [subjects, limit]).fetchall()


def said(database: str, letter: str) -> dict[str, Any]:
    """What it was, and its place in Kafka."""
    query = """SELECT time, datacontenttype, traceparent, extensions, data, kafka_partition, kafka_offset
        FROM dead_letters WHERE letter = %s"""
    with connection(database) as connected, connected.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [letter]).fetchone() or {}

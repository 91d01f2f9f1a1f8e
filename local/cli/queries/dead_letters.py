"""The table of dead letters: listed, filtered, and locked while one of them is sent again."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row, dict_row

from events.dead_letters import DeadLetter
from local.cli.queries.connection import connect
from local.cli.shell.errors import CommandFailedError, UsageError
from local.cli.shell.events import build_like_patterns, extract_function_name, summarize_answer
from local.cli.shell.parsing import parse_duration, parse_id_prefix
from local.cli.shell.screen import shorten_to_line

_NO_ANSWER = "none"
_STATUS_CODE = re.compile(r"[1-9][0-9]{2}")
_LONGEST_SUMMARY = 100
# The trace id of a document is its id, unless its upload event brought another trace id.
_FILTER = """
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
_EVENT_COLUMNS = ", ".join(field.name for field in fields(DeadLetter))
_LOAD = f"SELECT {_EVENT_COLUMNS}, error_dest, last_at, resent_at FROM dead_letters WHERE letter = %s"  # noqa: S608  # constants
_LOCK = f"{_LOAD} FOR UPDATE SKIP LOCKED"


@dataclass(frozen=True, kw_only=True)
class DeadLetterRow:
    """A dead letter without the data of its event.

    `letter` is its id and `id` the one of the event. `code` is None if the function gave no answer; `answer` is also
    None if the answer was empty. The event arrived `times` times as a dead letter and was sent again `resent` times.
    """

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
    def short_id(self) -> str:
        """The first 8 digits of the id, which `find_dead_letter` accepts."""
        return self.letter[:8]

    @property
    def function(self) -> str:
        """The function that refused the event, or the host of another receiver."""
        return extract_function_name(self.error_dest)

    @property
    def reason(self) -> str:
        """The first line of the function's answer, or an empty string."""
        return summarize_answer(self.answer or "", self.type)

    @property
    def is_out(self) -> bool:
        """Return whether the event was sent again and has not come back as a dead letter since."""
        return self.resent_at is not None and self.resent_at >= self.last_at

    def as_dict(self) -> dict[str, Any]:
        """Return the fields and properties as JSON-serializable values; times are in ISO 8601."""
        moments = {name: getattr(self, name) for name in ("first_at", "last_at", "resent_at")}
        times = {name: moment and moment.isoformat() for name, moment in moments.items()}
        return {**asdict(self), **times, "function": self.function, "reason": self.reason, "is_out": self.is_out}


@dataclass(frozen=True, kw_only=True)
class DeadLetterFilter:
    """The filter options as the user gave them. `code` is an HTTP status, or `none` for no answer."""

    type: str | None = None
    code: str | None = None
    source: str | None = None
    function: str | None = None
    since: str | None = None
    document: str | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether no option is given, so that every dead letter matches."""
        return all(value is None for value in vars(self).values())

    def as_parameters(self, letters: Sequence[UUID] | None = None) -> dict[str, Any]:
        """Return the parameters of the SQL filter. Raise UsageError if an option is malformed."""
        if self.document is not None:
            parse_id_prefix(self.document, kind="document", list_command="pagebus status")
        if self.code is not None and self.code != _NO_ANSWER and not _STATUS_CODE.fullmatch(self.code):
            raise UsageError(
                f"--code {self.code!r} is not an HTTP status. Give one such as 422, or {_NO_ANSWER} for no answer."
            )
        return {
            "types": None if self.type is None else build_like_patterns(self.type),
            "code": None if self.code in {None, _NO_ANSWER} else self.code,
            "unanswered": self.code == _NO_ANSWER,
            "source": self.source,
            "function": None if self.function is None else re.escape(self.function),
            "seconds": None if self.since is None else parse_duration("--since", self.since),
            "digits": None if self.document is None else self.document.replace("-", "").lower(),
            "letters": letters,
        }


@dataclass(frozen=True)
class NewestDeadLetter:
    """The newest dead letter, and the number of all `letters`. `code` is None if the function gave no answer."""

    letters: int
    type: str
    code: int | None
    answer: str | None

    def __str__(self) -> str:
        parts = [self.type, str(self.code or "no answer"), summarize_answer(self.answer or "", self.type)]
        return shorten_to_line(" ".join(part for part in parts if part), _LONGEST_SUMMARY)


@dataclass(frozen=True)
class RedriveCandidate:
    """A dead letter with its event, ready to be sent again.

    `refused_at` is the URL that refused it. `resent_at` is None unless it was sent again and has not come back.
    """

    letter: DeadLetter
    refused_at: str
    resent_at: datetime | None


def list_dead_letters(database: str, wanted: DeadLetterFilter, limit: int | None) -> tuple[int, list[DeadLetterRow]]:
    """Return the number of matching dead letters, and the newest of them, at most `limit`."""
    values = {**wanted.as_parameters(), "limit": limit}
    with connect(database) as connection:
        count = connection.execute(f"SELECT count(*) FROM dead_letters WHERE {_FILTER}", values).fetchone()  # noqa: S608  # a constant
        cursor = connection.cursor(row_factory=class_row(DeadLetterRow))
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE {_FILTER} ORDER BY last_at DESC, letter LIMIT %(limit)s"  # noqa: S608  # constants
        return int(count[0]) if count else 0, cursor.execute(query, values).fetchall()


def select_ids(database: str, wanted: DeadLetterFilter, letters: Sequence[UUID] | None) -> list[UUID]:
    """Return the ids of matching dead letters, oldest first. If `letters` is given, the ids are among these."""
    with connect(database) as connection:
        query = f"SELECT letter FROM dead_letters WHERE {_FILTER} ORDER BY last_at, letter"  # noqa: S608  # a constant
        return [letter for (letter,) in connection.execute(query, wanted.as_parameters(letters))]


def find_dead_letter(database: str, prefix: str) -> DeadLetterRow:
    """Return the only dead letter whose id starts with the prefix.

    Raise CommandFailedError if there is none, and UsageError if there are several or the prefix is not of an id.
    """
    bounds = parse_id_prefix(prefix, kind="dead letter", list_command="pagebus dead-letters list")
    with connect(database) as connection, connection.cursor(row_factory=class_row(DeadLetterRow)) as cursor:
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE letter BETWEEN %s AND %s LIMIT 2"  # noqa: S608  # a constant
        letters = cursor.execute(query, bounds).fetchall()
    if not letters:
        raise CommandFailedError(
            f"No dead letter has an id that starts with {prefix}. `pagebus dead-letters list` lists dead letters."
        )
    if len(letters) > 1:
        raise UsageError(f"Several dead letters have an id that starts with {prefix}. Give more digits.")
    return letters[0]


def find_about_document(database: str, document: str, pages: Sequence[int], limit: int) -> list[DeadLetterRow]:
    """Return the newest dead letters about a document or these pages of it, at most `limit`."""
    query = f"SELECT {_COLUMNS} FROM dead_letters WHERE subject = ANY(%s) ORDER BY last_at DESC, letter LIMIT %s"  # noqa: S608  # a constant
    subjects = [document, *(f"{document}/pages/{page}" for page in pages)]
    with connect(database) as connection, connection.cursor(row_factory=class_row(DeadLetterRow)) as cursor:
        return cursor.execute(query, [subjects, limit]).fetchall()


def find_newest(database: str) -> NewestDeadLetter | None:
    """Return the newest dead letter, or None if there are none."""
    query = """SELECT count(*) OVER () AS letters, type, error_code AS code, error_data AS answer
        FROM dead_letters ORDER BY last_at DESC LIMIT 1"""
    with connect(database) as connection, connection.cursor(row_factory=class_row(NewestDeadLetter)) as cursor:
        return cursor.execute(query).fetchone()


def load_event(database: str, letter: str) -> dict[str, Any]:
    """Return the event of a dead letter and its place in Kafka, by column name."""
    query = """SELECT time, datacontenttype, traceparent, extensions, data, kafka_partition, kafka_offset
        FROM dead_letters WHERE letter = %s"""
    with connect(database) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [letter]).fetchone() or {}


def load_candidate(connection: psycopg.Connection, letter: UUID, *, lock: bool) -> RedriveCandidate | None:
    """Return a dead letter with its event, or None if it is gone.

    With `lock`, lock its row for the transaction, and return None also if another transaction has locked it.
    """
    cursor = connection.cursor(row_factory=dict_row)
    row = cursor.execute((_LOCK if lock else _LOAD).encode(), [letter]).fetchone()
    if row is None:
        return None
    is_out = row["resent_at"] is not None and row["resent_at"] >= row["last_at"]
    event = DeadLetter(**{field.name: row[field.name] for field in fields(DeadLetter)})
    return RedriveCandidate(event, row["error_dest"], row["resent_at"] if is_out else None)


def record_redrive(connection: psycopg.Connection, letter: UUID) -> None:
    """Count that a dead letter was sent again now."""
    connection.execute("UPDATE dead_letters SET resent = resent + 1, resent_at = now() WHERE letter = %s", [letter])

"""Queries on the table of dead letters: list, select and load them, and lock a dead letter while it is sent again."""

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
_MAX_SUMMARY_CHARACTERS = 100
# `digits` selects events about a document: the document id is in the subject of the event, or it is the trace id of the
# event. Both ids are equal unless the upload event came with another trace id.
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

    `letter` is the id of the dead letter, and `id` that of the event. `error_dest` is the URL that refused the event.
    `code` is the HTTP status of its answer, or None without an answer. `answer` is None if the answer was empty or
    did not come. The event became a dead letter `times` times, and was sent again `resent` times.
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
        """True if the event was sent again and has not become a dead letter again since then."""
        return self.resent_at is not None and self.resent_at >= self.last_at

    def as_dict(self) -> dict[str, Any]:
        """Return the fields and properties as JSON-serializable values; times are in ISO 8601."""
        timestamps = {name: getattr(self, name) for name in ("first_at", "last_at", "resent_at")}
        times = {name: timestamp and timestamp.isoformat() for name, timestamp in timestamps.items()}
        return {**asdict(self), **times, "function": self.function, "reason": self.reason, "is_out": self.is_out}


@dataclass(frozen=True, kw_only=True)
class DeadLetterFilter:
    """The filter options as the user typed them. None stands for an option that is not used.

    `code` is an HTTP status, or the word `none` for events without an answer.
    """

    type: str | None = None
    code: str | None = None
    source: str | None = None
    function: str | None = None
    since: str | None = None
    document: str | None = None

    @property
    def is_empty(self) -> bool:
        """True if no option is used, so that every dead letter matches."""
        return all(value is None for value in vars(self).values())

    def as_parameters(self, dead_letter_ids: Sequence[UUID] | None = None) -> dict[str, Any]:
        """Return the parameters of `_FILTER`. Raise UsageError if an option is malformed.

        If `dead_letter_ids` is not None, only dead letters with these ids can match.
        """
        if self.document is not None:
            parse_id_prefix(self.document, kind="document", list_command="pagebus status")
        if self.code is not None and self.code != _NO_ANSWER and not _STATUS_CODE.fullmatch(self.code):
            raise UsageError(
                f"--code {self.code!r} is not an HTTP status. Use a status such as 422, or {_NO_ANSWER} for no answer."
            )
        return {
            "types": None if self.type is None else build_like_patterns(self.type),
            "code": None if self.code in {None, _NO_ANSWER} else self.code,
            "unanswered": self.code == _NO_ANSWER,
            "source": self.source,
            "function": None if self.function is None else re.escape(self.function),
            "seconds": None if self.since is None else parse_duration("--since", self.since),
            "digits": None if self.document is None else self.document.replace("-", "").lower(),
            "letters": dead_letter_ids,
        }


@dataclass(frozen=True)
class NewestDeadLetter:
    """The newest dead letter. `letters` is the number of all dead letters.

    `code` is the HTTP status of the function's answer, or None if there was no answer.
    """

    letters: int
    type: str
    code: int | None
    answer: str | None

    def __str__(self) -> str:
        parts = [self.type, str(self.code or "no answer"), summarize_answer(self.answer or "", self.type)]
        return shorten_to_line(" ".join(part for part in parts if part), _MAX_SUMMARY_CHARACTERS)


@dataclass(frozen=True)
class RedriveCandidate:
    """A dead letter with its event, ready to be sent again.

    `refused_at` is the URL that refused the event. `resent_at` is the time of the last redelivery. It is None if there
    was no redelivery, or if the event has become a dead letter again since then.
    """

    dead_letter: DeadLetter
    refused_at: str
    resent_at: datetime | None


def list_dead_letters(database: str, selection: DeadLetterFilter, limit: int | None) -> tuple[int, list[DeadLetterRow]]:
    """Return the number of matching dead letters, and the newest `limit` of them. None means no limit."""
    parameters = {**selection.as_parameters(), "limit": limit}
    with connect(database) as connection:
        count_row = connection.execute(f"SELECT count(*) FROM dead_letters WHERE {_FILTER}", parameters).fetchone()  # noqa: S608  # a constant
        cursor = connection.cursor(row_factory=class_row(DeadLetterRow))
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE {_FILTER} ORDER BY last_at DESC, letter LIMIT %(limit)s"  # noqa: S608  # constants
        return int(count_row[0]) if count_row else 0, cursor.execute(query, parameters).fetchall()


def select_ids(database: str, selection: DeadLetterFilter, dead_letter_ids: Sequence[UUID] | None) -> list[UUID]:
    """Return the ids of matching dead letters, oldest first.

    Search among these `dead_letter_ids` only, or among all dead letters if they are None.
    """
    with connect(database) as connection:
        query = f"SELECT letter FROM dead_letters WHERE {_FILTER} ORDER BY last_at, letter"  # noqa: S608  # a constant
        return [row[0] for row in connection.execute(query, selection.as_parameters(dead_letter_ids))]


def find_dead_letter(database: str, prefix: str) -> DeadLetterRow:
    """Return the only dead letter whose id starts with the prefix.

    Raise CommandFailedError if no id matches. Raise UsageError if several ids match, or if the prefix is malformed.
    """
    bounds = parse_id_prefix(prefix, kind="dead letter", list_command="pagebus dead-letters list")
    with connect(database) as connection, connection.cursor(row_factory=class_row(DeadLetterRow)) as cursor:
        query = f"SELECT {_COLUMNS} FROM dead_letters WHERE letter BETWEEN %s AND %s LIMIT 2"  # noqa: S608  # a constant
        rows = cursor.execute(query, bounds).fetchall()
    if not rows:
        raise CommandFailedError(
            f"No dead letter has an id that starts with {prefix}. `pagebus dead-letters list` lists dead letters."
        )
    if len(rows) > 1:
        raise UsageError(f"Several dead letters have an id that starts with {prefix}. Give more digits.")
    return rows[0]


def find_about_document(database: str, document: str, pages: Sequence[int], limit: int) -> list[DeadLetterRow]:
    """Return the newest `limit` dead letters about a document or about these pages of the document."""
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


def load_event(database: str, dead_letter_id: str) -> dict[str, Any]:
    """Return values of a dead letter by column name: attributes and data of its event, and its Kafka position.

    The result is empty if the dead letter does not exist.
    """
    query = """SELECT time, datacontenttype, traceparent, extensions, data, kafka_partition, kafka_offset
        FROM dead_letters WHERE letter = %s"""
    with connect(database) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [dead_letter_id]).fetchone() or {}


def load_candidate(
    connection: psycopg.Connection, dead_letter_id: UUID, *, should_lock: bool
) -> RedriveCandidate | None:
    """Return a dead letter with its event, or None if it no longer exists.

    If `should_lock` is True, lock the row until the transaction ends, or return None if another transaction has locked
    it.
    """
    cursor = connection.cursor(row_factory=dict_row)
    row = cursor.execute((_LOCK if should_lock else _LOAD).encode(), [dead_letter_id]).fetchone()
    if row is None:
        return None
    is_out = row["resent_at"] is not None and row["resent_at"] >= row["last_at"]
    event = DeadLetter(**{field.name: row[field.name] for field in fields(DeadLetter)})
    return RedriveCandidate(event, row["error_dest"], row["resent_at"] if is_out else None)


def record_redrive(connection: psycopg.Connection, dead_letter_id: UUID) -> None:
    """Increment the number of redeliveries of a dead letter, and set the time of the last redelivery to now."""
    connection.execute(
        "UPDATE dead_letters SET resent = resent + 1, resent_at = now() WHERE letter = %s", [dead_letter_id]
    )

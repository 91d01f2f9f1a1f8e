"""A dead letter sent again: once for every time that it came, however often somebody asks."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from events.codec import Record
from events.errors import InvalidEvent
from events.letters import Letter, record
from local.cli.errors import Failed
from local.cli.kafka import Send
from local.cli.screen import clock

_LETTER = ", ".join(field.name for field in fields(Letter))
_LOOK = f"SELECT {_LETTER}, error_dest, last_at, resent_at FROM dead_letters WHERE letter = %s"  # noqa: S608  # constants
_LOCK = f"{_LOOK} FOR UPDATE SKIP LOCKED"
_RESENT = "UPDATE dead_letters SET resent = resent + 1, resent_at = now() WHERE letter = %s"


class Verdict(StrEnum):
    """What became of a letter."""

    SENT = "sent"
    READY = "would be sent"
    SKIPPED = "skipped"
    FAILED = "could not be sent"


@dataclass(frozen=True)
class Done:
    """`why` is None where there is nothing to explain, `topic` where it did not come to that."""

    letter: str
    verdict: Verdict
    type: str | None = None
    topic: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Way:
    """`origin` names the topic of a letter that was refused there, or raises Failed; `again` sends also what is out."""

    origin: Callable[[Letter, str], str]
    again: bool = False


def redrive(connected: psycopg.Connection, letter: UUID, way: Way, send: Send) -> Done:
    """Send it and note that, in one: who asks meanwhile finds it locked, who asks later, sent. Raises Failed."""
    with connected.transaction():
        row = _row(connected, _LOCK, letter)
        if row is None:
            return Done(str(letter), Verdict.SKIPPED, why="somebody else sends it just now, or it is gone")
        ready = prepared(row, way)
        if isinstance(ready, Done):
            return ready
        # A crash between the two sends it twice, which does no harm.
        send(ready)
        connected.execute(_RESENT, [letter])
    return Done(str(letter), Verdict.SENT, row["type"], ready[0])


def rehearse(connected: psycopg.Connection, letter: UUID, way: Way) -> Done:
    """What `redrive` would do."""
    with connected.transaction():
        row = _row(connected, _LOOK, letter)
    if row is None:
        return Done(str(letter), Verdict.SKIPPED, why="it is gone")
    ready = prepared(row, way)
    return ready if isinstance(ready, Done) else Done(str(letter), Verdict.READY, row["type"], ready[0])


def prepared(row: dict[str, Any], way: Way) -> Record | Done:
    """The record to send, or why there is none."""
    letter = Letter(**{field.name: row[field.name] for field in fields(Letter)})
    if not way.again and (out := _out_since(row)):
        why = f"already sent at {clock(out)}, has not come back; --again sends it all the same"
        return Done(str(letter.letter), Verdict.SKIPPED, letter.type, why=why)
    try:
        return record(letter, way.origin(letter, row["error_dest"]))
    except (Failed, InvalidEvent) as error:
        return Done(str(letter.letter), Verdict.FAILED, letter.type, why=str(error))


def _out_since(row: dict[str, Any]) -> datetime | None:
    sent: datetime | None = row["resent_at"]
    return sent if sent is not None and sent >= row["last_at"] else None


def _row(connected: psycopg.Connection, query: str, letter: UUID) -> dict[str, Any] | None:
    return connected.cursor(row_factory=dict_row).execute(query.encode(), [letter]).fetchone()

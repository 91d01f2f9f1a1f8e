"""The redelivery of one dead letter: at most once for each time that it arrived, also if several users redrive it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import psycopg

from events.codec import KafkaRecord
from events.dead_letters import DeadLetter, to_record
from events.errors import InvalidEvent
from local.cli.queries.dead_letters import RedriveCandidate, load_candidate, record_redrive
from local.cli.shell.errors import CommandFailedError
from local.cli.shell.screen import format_time
from local.cli.stack.kafka import SendRecord


class RedriveVerdict(StrEnum):
    """The result of a redrive for one dead letter."""

    SENT = "sent"
    READY = "would be sent"
    SKIPPED = "skipped"
    FAILED = "could not be sent"


@dataclass(frozen=True)
class RedriveResult:
    """The verdict on one dead letter, and the reason `why` it was not sent. `topic` is None unless it is known."""

    letter: str
    verdict: RedriveVerdict
    type: str | None = None
    topic: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class RedriveOptions:
    """The options for sending dead letters again.

    `find_topic(letter, refused_at)` returns the topic of a letter that the URL `refused_at` refused; it raises
    CommandFailedError if the topic is unknown. `again` includes letters that were sent again and have not come back.
    """

    find_topic: Callable[[DeadLetter, str], str]
    again: bool = False


def redrive_letter(
    connection: psycopg.Connection, letter: UUID, options: RedriveOptions, send: SendRecord
) -> RedriveResult:
    """Send a dead letter again and record it in one transaction, under a lock of its row.

    Raise CommandFailedError if Kafka does not acknowledge the record.
    """
    with connection.transaction():
        candidate = load_candidate(connection, letter, lock=True)
        if candidate is None:
            why = "another command is sending it now, or it is gone"
            return RedriveResult(str(letter), RedriveVerdict.SKIPPED, why=why)
        record = _prepare_record(candidate, options)
        if isinstance(record, RedriveResult):
            return record
        # A crash between the next two lines makes the event arrive twice. That is harmless: functions are idempotent.
        send(record)
        record_redrive(connection, letter)
    return RedriveResult(str(letter), RedriveVerdict.SENT, candidate.letter.type, record[0])


def preview_redrive(connection: psycopg.Connection, letter: UUID, options: RedriveOptions) -> RedriveResult:
    """Return what `redrive_letter` would do, without sending anything."""
    with connection.transaction():
        candidate = load_candidate(connection, letter, lock=False)
    if candidate is None:
        return RedriveResult(str(letter), RedriveVerdict.SKIPPED, why="it is gone")
    record = _prepare_record(candidate, options)
    if isinstance(record, RedriveResult):
        return record
    return RedriveResult(str(letter), RedriveVerdict.READY, candidate.letter.type, record[0])


def _prepare_record(candidate: RedriveCandidate, options: RedriveOptions) -> KafkaRecord | RedriveResult:
    """Return the record to send, or a result with the reason why it is not sent."""
    letter = candidate.letter
    if candidate.resent_at is not None and not options.again:
        sent_at = format_time(candidate.resent_at)
        why = f"already sent at {sent_at}, and it has not come back; --again sends it anyway"
        return RedriveResult(str(letter.letter), RedriveVerdict.SKIPPED, letter.type, why=why)
    try:
        return to_record(letter, options.find_topic(letter, candidate.refused_at))
    except (CommandFailedError, InvalidEvent) as error:
        return RedriveResult(str(letter.letter), RedriveVerdict.FAILED, letter.type, why=str(error))

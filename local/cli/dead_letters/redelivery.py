"""The redelivery of one dead letter.

Each time that an event becomes a dead letter, it is sent again only once, even if several users redrive it at the same
time. The option --again permits more redeliveries.
"""

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
    """The result of a redrive for the dead letter with the id `letter`.

    `type` is its event type, or None if the dead letter no longer exists. With the verdict SENT or READY, `topic` is
    the topic for the event, and `why` is None. Otherwise, `why` is the reason why the event is not sent, and `topic` is
    None.
    """

    letter: str
    verdict: RedriveVerdict
    type: str | None = None
    topic: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class RedriveOptions:
    """The options of a redrive.

    `find_topic(dead_letter, refused_at)` returns the topic for an event that the URL `refused_at` refused. It raises
    CommandFailedError if the topic is unknown. If `again` is True, events are sent even if they were already sent
    again and have not failed since.
    """

    find_topic: Callable[[DeadLetter, str], str]
    again: bool = False


def redrive_letter(
    connection: psycopg.Connection, dead_letter_id: UUID, options: RedriveOptions, send: SendRecord
) -> RedriveResult:
    """Send a dead letter again, and record the redelivery. One transaction locks the row and does both.

    Return a result with the verdict SKIPPED or FAILED if the dead letter must not or cannot be sent. Raise
    CommandFailedError if Kafka does not acknowledge the record.
    """
    with connection.transaction():
        candidate = load_candidate(connection, dead_letter_id, should_lock=True)
        if candidate is None:
            why = "another command is sending it now, or it no longer exists"
            return RedriveResult(str(dead_letter_id), RedriveVerdict.SKIPPED, why=why)
        record = _prepare_record(candidate, options)
        if isinstance(record, RedriveResult):
            return record
        # A crash between the next two lines can send the event twice. This is safe, because functions are idempotent.
        send(record)
        record_redrive(connection, dead_letter_id)
    return RedriveResult(str(dead_letter_id), RedriveVerdict.SENT, candidate.dead_letter.type, record[0])


def preview_redrive(connection: psycopg.Connection, dead_letter_id: UUID, options: RedriveOptions) -> RedriveResult:
    """Return the result that `redrive_letter` would have, but send and record nothing.

    The verdict is READY if the dead letter would be sent.
    """
    with connection.transaction():
        candidate = load_candidate(connection, dead_letter_id, should_lock=False)
    if candidate is None:
        return RedriveResult(str(dead_letter_id), RedriveVerdict.SKIPPED, why="it no longer exists")
    record = _prepare_record(candidate, options)
    if isinstance(record, RedriveResult):
        return record
    return RedriveResult(str(dead_letter_id), RedriveVerdict.READY, candidate.dead_letter.type, record[0])


def _prepare_record(candidate: RedriveCandidate, options: RedriveOptions) -> KafkaRecord | RedriveResult:
    """Return the record to send, or a result with the reason why the dead letter is not sent."""
    dead_letter = candidate.dead_letter
    if candidate.resent_at is not None and not options.again:
        sent_at = format_time(candidate.resent_at)
        why = f"already sent at {sent_at}, and it has not come back as a dead letter; --again sends it anyway"
        return RedriveResult(str(dead_letter.letter), RedriveVerdict.SKIPPED, dead_letter.type, why=why)
    try:
        return to_record(dead_letter, options.find_topic(dead_letter, candidate.refused_at))
    except (CommandFailedError, InvalidEvent) as error:
        return RedriveResult(str(dead_letter.letter), RedriveVerdict.FAILED, dead_letter.type, why=str(error))

"""The outbox: a row for each committed outcome, from the commit until Kafka has acknowledged its events.

A duplicate delivery finds no row and publishes nothing. If a process ends between commit and publishing, the row stays,
and the next delivery of the outcome publishes its events. Without such a delivery, the reconciler sends the outcome.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.catalogue import Outcome
from events.event import Event
from functions.runtime.bus import Publish
from functions.runtime.database import Connection, Database
from functions.runtime.trace import NO_TRACE, Trace

# The key `fact` is the id of the first event to publish.
_INSERT = "INSERT INTO outbox (fact, document, type, outcome) VALUES (%s, %s, %s, %s)"
_EXISTS = "SELECT FROM outbox WHERE fact = %s"
_DELETE = "DELETE FROM outbox WHERE fact = %s"
# The transaction does not wait for the disk. A power failure can undo the delete. Then the events are published again,
# which is harmless.
_DELETE_PUBLISHED = """
  WITH setting AS (SELECT set_config('synchronous_commit', 'off', true))
DELETE FROM outbox USING setting WHERE fact = ANY(%s)"""


def save(connection: Connection, outcome: Outcome, events: Sequence[Event], *, replaces: UUID | None) -> None:
    """Insert a row for the outcome and its `events`, in the transaction that commits the outcome.

    `replaces` is the id of an earlier outcome, or None. Delete its row, because its events must not be published any
    more.
    """
    if replaces:
        connection.execute(_DELETE, [replaces])
    if events:
        connection.execute(_INSERT, [events[0].id, outcome.document, outcome.TYPE, outcome.model_dump_json()])


def contains(connection: Connection, events: Sequence[Event]) -> bool:
    """Return whether the outbox has a row for these events. If it has, Kafka has perhaps not acknowledged them."""
    return bool(events) and connection.execute(_EXISTS, [events[0].id]).fetchone() is not None


@dataclass(frozen=True)
class OutboxPublisher:
    """A publisher that deletes the outbox rows of events after Kafka has acknowledged the events."""

    publish_to_kafka: Publish
    database: Database

    def publish(self, events: Sequence[Event], trace: Trace = NO_TRACE) -> None:
        """Publish the events and delete their rows. Raise Unavailable if Kafka or PostgreSQL does not answer."""
        self.publish_to_kafka(events, trace)
        with self.database.begin_transaction() as connection:
            connection.execute(_DELETE_PUBLISHED, [[event.id for event in events]])

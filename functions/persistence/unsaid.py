"""What is committed and not yet published, remembered for the time between the two.

An event that comes twice is published once, and one whose publishing was cut off is published later: by the source's
next delivery, or, when that never comes, by the reconciler, which sends the outcome again.
"""

from collections.abc import Sequence
from uuid import UUID

from events.catalogue import Outcome
from events.event import Event
from functions.runtime.bus import Publish
from functions.runtime.database import Connection, Database
from functions.runtime.trace import UNTRACED, Trace

_KEEP = "INSERT INTO unsaid (fact, document, type, outcome) VALUES (%s, %s, %s, %s)"
_IS_KEPT = "SELECT FROM unsaid WHERE fact = %s"
_RETRACT = "DELETE FROM unsaid WHERE fact = %s"
# Losing this in a power cut only publishes once more, so it need not wait for the disk.
_FORGET = """
  WITH hasty AS (SELECT set_config('synchronous_commit', 'off', true))
DELETE FROM unsaid USING hasty WHERE fact = ANY(%s)"""


def keep(connection: Connection, facts: Sequence[Event], outcome: Outcome) -> None:
    """Remember, in the transaction that makes them true, that these facts are to be published."""
    if facts:
        connection.execute(_KEEP, [facts[0].id, outcome.document, outcome.TYPE, outcome.model_dump_json()])


def retract(connection: Connection, outcome: UUID) -> None:
    """Forget what is no longer true, and never was for anybody else."""
    connection.execute(_RETRACT, [outcome])


def is_kept(connection: Connection, facts: Sequence[Event]) -> bool:
    """Whether these facts may still have to be published."""
    return bool(facts) and connection.execute(_IS_KEPT, [facts[0].id]).fetchone() is not None


def forgetting(publish: Publish, database: Database) -> Publish:
    """Publish, and then remember that it was done."""

    def say(events: Sequence[Event], trace: Trace = UNTRACED) -> None:
        publish(events, trace)
        with database.transaction() as connection:
            connection.execute(_FORGET, [[event.id for event in events]])

    return say

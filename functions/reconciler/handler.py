"""One look at everything, each minute."""

from collections.abc import Callable
from dataclasses import dataclass

from events.envelope import Envelope
from events.event import Event
from functions.reading.store import Readings
from functions.reconciler.settings import ReconcilerSettings
from functions.reconciler.stuck import push_stuck
from functions.reconciler.undelivered import Produce, resend_undelivered
from functions.reconciler.unsaid import repeat_unsaid
from functions.reconciler.unseen import announce_unseen
from functions.runtime.bus import Publish
from functions.runtime.database import Database
from functions.runtime.storage import Storage


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """What the reconciler works with. `topics` raises Unavailable while Kafka does not answer."""

    database: Database
    storage: Storage
    publish: Publish
    produce: Produce
    topics: Callable[[], frozenset[str]]
    settings: ReconcilerSettings


def handle(_: Envelope, *, rounds: Rounds) -> list[Event]:
    """Set in motion what stands still. Raises Unavailable.

    It publishes by itself, since each document has its own trace.
    """
    topics = rounds.topics()  # An attempt is counted before it is made: none is counted that cannot be made.
    readings = Readings(rounds.storage, rounds.settings.results_bucket)
    push_stuck(rounds.database, rounds.publish, topics, readings, rounds.settings)
    repeat_unsaid(rounds.database, rounds.publish, rounds.settings)
    resend_undelivered(rounds.database, rounds.produce, rounds.settings)
    announce_unseen(rounds.database, rounds.storage, rounds.publish, rounds.settings)
    return []

"""Handler of the reconciler: one run, which a PingSource starts every minute."""

from collections.abc import Callable
from dataclasses import dataclass

from events.envelope import Envelope
from events.event import Event
from functions.reading.store import ReadingStore
from functions.reconciler.missed_uploads import announce_missed_uploads
from functions.reconciler.outbox import resend_outcomes
from functions.reconciler.redelivery import Produce, redeliver_dead_letters
from functions.reconciler.settings import ReconcilerSettings
from functions.reconciler.stalled import repair_stalled_documents
from functions.runtime.bus import Publish
from functions.runtime.database import Database
from functions.runtime.storage import Storage


@dataclass(frozen=True, kw_only=True)
class ReconcilerDependencies:
    """External services that the reconciler uses. `list_topics()` raises Unavailable if Kafka does not answer."""

    database: Database
    storage: Storage
    publish: Publish
    produce: Produce
    list_topics: Callable[[], frozenset[str]]
    settings: ReconcilerSettings


def handle(_: Envelope, *, dependencies: ReconcilerDependencies) -> list[Event]:
    """Repair stalled documents, resend outcomes, redeliver dead letters and announce missed uploads. Return no events.

    Unlike other handlers, this function publishes the events itself, because each document has its own trace. Raise
    Unavailable if a dependency does not answer.
    """
    database, settings = dependencies.database, dependencies.settings
    # Repairs count attempts before they send requests. Topics are listed first, so that the run stops if Kafka is down,
    # before a repair counts an attempt.
    topics = dependencies.list_topics()
    readings = ReadingStore(dependencies.storage, settings.results_bucket)
    repair_stalled_documents(database, dependencies.publish, topics, readings, settings)
    resend_outcomes(database, dependencies.publish, settings)
    redeliver_dead_letters(database, dependencies.produce, settings)
    announce_missed_uploads(database, dependencies.storage, dependencies.publish, settings)
    return []

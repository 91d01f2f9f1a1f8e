"""Handler of persistence: commit one outcome while its document's row is locked, and return the events to publish.

The runtime publishes the returned events through `outbox.OutboxPublisher`, which deletes their outbox row after Kafka
has acknowledged them.
"""

from collections.abc import Callable
from uuid import UUID

import psycopg

from events.catalogue import Outcome
from events.errors import InvalidEvent
from events.event import Event, PageEvent
from events.page import PageRecognized
from functions.persistence import outbox, store
from functions.persistence.published_events import derive_events
from functions.persistence.transitions import StoredState, apply
from functions.persistence.writes import save_changes
from functions.runtime.database import Connection, Database
from functions.runtime.log import get_logger
from functions.runtime.telemetry.spans import suppress_errors, trace_span

log = get_logger()

#: Records the metrics of an event after the commit of its outcome. The second argument is the document's traceparent.
RecordMetrics = Callable[[Event, str | None], None]


def handle(
    outcome: Outcome, *, traceparent: str | None, database: Database, record_metrics: RecordMetrics
) -> list[Event]:
    """Commit an outcome and return the events to publish. Return the same events for a repetition until Kafka has them.

    Metrics are recorded only if the outcome changes the stored state. Raise Unavailable if the commit failed, or if its
    result is unknown. Raise InvalidEvent if the outcome contradicts the stored rows.
    """
    with trace_span("commit"):
        events, is_new = _commit(outcome, traceparent, database)
    for event in events if is_new else ():
        with suppress_errors():
            record_metrics(event, traceparent)
    return events


def _commit(outcome: Outcome, traceparent: str | None, database: Database) -> tuple[list[Event], bool]:
    """Return the events to publish, and whether the outcome changed the stored state."""
    if isinstance(outcome, PageEvent) and outcome.page > outcome.pages:
        raise InvalidEvent(f"page is {outcome.page}, but the document has {outcome.pages} pages")
    try:
        with database.begin_transaction() as connection:
            return _apply_outcome(connection, outcome, traceparent)
    # A number is too large for its column, or the page contradicts the page count. A retry would fail too.
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise InvalidEvent(f"PostgreSQL cannot store the outcome: {type(error).__name__}") from error


def _apply_outcome(connection: Connection, outcome: Outcome, traceparent: str | None) -> tuple[list[Event], bool]:
    """Save the changes by the outcome. Return the events to publish, and whether the stored state has changed."""
    before = store.lock_document(connection, outcome, traceparent)
    after = apply(before, outcome)
    events = derive_events(after, outcome)
    if after == before:
        return events if outbox.contains(connection, events) else [], False
    with connection.pipeline():  # one network round trip for all statements
        save_changes(connection, before, after, outcome, events)
        outbox.save(connection, outcome, events, replaces=_find_replaced_outcome(before, outcome))
    if before.document.state != after.document.state:
        document, state = str(outcome.document), after.document.state
        log.info("document.state_changed", document=document, state=state, by=outcome.TYPE)
    return events, True


def _find_replaced_outcome(before: StoredState, outcome: Outcome) -> UUID | None:
    """Return the id of the failure that this outcome replaces, or None. A recognized page replaces its failure."""
    page = before.pages.get(outcome.page) if isinstance(outcome, PageRecognized) else None
    return page.outcome if page else None

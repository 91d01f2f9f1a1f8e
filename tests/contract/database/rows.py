"""Helpers that commit outcomes and read rows from the test database."""

from collections.abc import Callable, Sequence
from typing import Any

from events.catalogue import Outcome
from events.event import Event
from functions.persistence.handler import handle
from functions.persistence.outbox import OutboxPublisher
from functions.runtime.database import Database
from functions.runtime.trace import NO_TRACE, Trace
from tests.unit.persistence.outcomes import ExampleDocument


def select_rows(database: Database, query: str, *values: Any) -> list[dict[str, Any]]:
    with database.begin_transaction() as connection:
        return connection.execute(query.encode(), values).fetchall()


def execute(database: Database, statement: str, *values: Any) -> None:
    with database.begin_transaction() as connection:
        connection.execute(statement.encode(), values)


def select_document(database: Database, example: ExampleDocument) -> dict[str, Any]:
    (row,) = select_rows(database, "SELECT * FROM documents WHERE document = %s", example.document_id)
    return row


def commit_outcome(
    database: Database,
    outcome: Outcome,
    *,
    traceparent: str | None = None,
    record_metrics: Callable[[Event, str | None], None] = lambda _, __: None,
) -> list[Event]:
    """Commit an outcome without publishing its events, like a process that is killed in between."""
    return handle(outcome, traceparent=traceparent, database=database, record_metrics=record_metrics)


def publish_nothing(events: Sequence[Event], trace: Trace = NO_TRACE) -> None:
    """Stand in for a bus whose events no test looks at."""


def persist_outcome(database: Database, outcome: Outcome, *, traceparent: str | None = None) -> list[Event]:
    """Commit an outcome, delete its outbox row as after publishing, and return its events."""
    events = commit_outcome(database, outcome, traceparent=traceparent)
    OutboxPublisher(publish_nothing, database).publish(events)
    return events

"""Resending of outcomes with an old outbox row: they are committed, but their events are perhaps not published."""

from typing import Any

from pydantic import ValidationError

from events.catalogue import EVENTS_BY_TYPE
from events.event import Event
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.bus import Publish
from functions.runtime.database import Database
from functions.runtime.log import get_logger
from functions.runtime.trace import Trace

log = get_logger()

# A new `since` gives persistence time to publish the events before a later run claims the same row.
_CLAIM = """
UPDATE outbox SET since = now()
  FROM documents
 WHERE documents.document = outbox.document
   AND fact IN (SELECT fact FROM outbox
                 WHERE since <= now() - make_interval(secs => %(stuck_seconds)s)
                 ORDER BY since LIMIT %(documents_per_tick)s
                   FOR UPDATE SKIP LOCKED)
RETURNING outbox.document, type, outcome, traceparent"""


def resend_outcomes(database: Database, publish: Publish, settings: ReconcilerSettings) -> None:
    """Send the outcomes of old outbox rows to persistence again, so that persistence publishes their events.

    Raise Unavailable if PostgreSQL or Kafka does not answer.
    """
    with database.begin_transaction() as connection:
        rows = connection.execute(_CLAIM, settings.model_dump()).fetchall()
    for row in rows:
        if outcome := _parse_outcome(row):
            publish([outcome], Trace(origin=row["traceparent"]))
            log.warning("outcome.resent", document=str(row["document"]), type=row["type"])


def _parse_outcome(row: dict[str, Any]) -> Event | None:
    """Return the outcome of a row, or None if it cannot be parsed, because another version of Pagebus wrote it."""
    try:
        return EVENTS_BY_TYPE[row["type"]].model_validate_json(row["outcome"])
    except (KeyError, ValidationError):
        log.warning("outcome.not_resent", document=str(row["document"]), type=row["type"])
        return None

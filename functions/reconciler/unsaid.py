"""What was committed and never published: its outcome is sent again, and persistence says the rest."""

from typing import Any

import structlog
from pydantic import ValidationError

from events.catalogue import EVENTS
from events.event import Event
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.bus import Publish
from functions.runtime.database import Database
from functions.runtime.trace import Trace

log = structlog.get_logger()

_TAKE = """
UPDATE unsaid SET since = now()
  FROM documents
 WHERE documents.document = unsaid.document
   AND fact IN (SELECT fact FROM unsaid
                 WHERE since <= now() - make_interval(secs => %(stuck_seconds)s)
                 ORDER BY since LIMIT %(documents_per_tick)s
                   FOR UPDATE SKIP LOCKED)
RETURNING unsaid.document, type, outcome, traceparent"""


def repeat_unsaid(database: Database, publish: Publish, settings: ReconcilerSettings) -> None:
    """Send again the outcomes whose facts have waited too long to be published."""
    with database.transaction() as connection:
        rows = connection.execute(_TAKE, settings.model_dump()).fetchall()
    for row in rows:
        if outcome := _outcome(row):
            publish([outcome], Trace(origin=row["traceparent"]))
            log.warning("outcome.repeated", document=str(row["document"]), type=row["type"])


def _outcome(row: dict[str, Any]) -> Event | None:
    """None where it is of another version than ours and cannot be read: it must not stop the others."""
    try:
        return EVENTS[row["type"]].model_validate_json(row["outcome"])
    except (KeyError, ValidationError):
        log.warning("outcome.not_repeated", document=str(row["document"]), type=row["type"])
        return None

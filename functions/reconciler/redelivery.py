"""Redelivery of dead letters that no function has refused, with growing pauses and a limit.

After a redelivery, a dead letter is not due again. If this delivery fails too, Knative sends the dead letter once more.
This updates `last_at` in its row, so it is due again.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from events.catalogue import OUTCOME_EVENTS, RAW_RECORD_TYPE
from events.codec import KafkaRecord
from events.dead_letters import DeadLetter, to_record
from events.document import DocumentUploaded
from events.topics import OUTCOMES as OUTCOMES_TOPIC
from events.topics import PERSISTENCE, UPLOADS
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from functions.runtime.log import get_logger

log = get_logger()

#: Sends records, like `Bus.produce`, and returns after Kafka has acknowledged them. Raises Unavailable.
Produce = Callable[[Sequence[KafkaRecord]], None]

# The topics of redelivered events by event type. The repair of a stalled document replaces lost events of other types.
_TOPICS = {
    DocumentUploaded.TYPE: UPLOADS,
    RAW_RECORD_TYPE: UPLOADS,
    **{outcome.TYPE: OUTCOMES_TOPIC for outcome in OUTCOME_EVENTS},
}

# The first two conditions are those of the index `dead_letters_undelivered`, so that PostgreSQL uses it. A KafkaSource
# retries after these codes; any other code is a refusal. Events of persistence are excluded, because subscribers
# redeliver them.
_IS_DUE = """
       (error_code IS NULL OR error_code IN (404, 408, 409, 429) OR error_code >= 500)
   AND (resent_at IS NULL OR resent_at < last_at)
   AND resent < %(resend_limit)s
   AND type = ANY(%(types)s) AND source <> %(persistence)s AND (type <> %(raw)s OR source LIKE %(uploads)s)
   AND last_at <= now() - make_interval(
           secs => least(%(stuck_seconds)s * power(2, least(resent, 30)), %(longest_pause_seconds)s))"""
_LIST_DUE = f"SELECT letter FROM dead_letters WHERE {_IS_DUE} ORDER BY last_at LIMIT %(letters_per_tick)s"  # noqa: S608  # _IS_DUE is a constant
_LOCK = f"""
SELECT letter, id, source, type, subject, time, datacontenttype, traceparent, extensions, data, resent
  FROM dead_letters
 WHERE letter = %(letter)s AND {_IS_DUE}
   FOR UPDATE SKIP LOCKED"""  # noqa: S608  # _IS_DUE is a constant
_COUNT_REDELIVERY = "UPDATE dead_letters SET resent = resent + 1, resent_at = now() WHERE letter = %s"


def redeliver_dead_letters(database: Database, produce: Produce, settings: ReconcilerSettings) -> None:
    """Send undelivered uploads and outcomes to their topics again.

    If two runs overlap, each dead letter is still sent once. Raise Unavailable if PostgreSQL or Kafka does not answer.
    """
    parameters = {
        **settings.model_dump(),
        "types": list(_TOPICS),
        "raw": RAW_RECORD_TYPE,
        "uploads": f"%#{UPLOADS}",
        "persistence": f"/pagebus/{PERSISTENCE}",
    }
    with database.begin_transaction() as connection:
        due_letters = connection.execute(_LIST_DUE, parameters).fetchall()
    for row in due_letters:
        try:
            _redeliver(database, produce, {**parameters, **row})
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # an error of one dead letter must not stop the others
            _count_failure(database, row["letter"], type(error).__name__)


def _redeliver(database: Database, produce: Produce, parameters: dict[str, Any]) -> None:
    """Send the dead letter, then count the redelivery. A crash in between leads to a second redelivery without harm."""
    with database.begin_transaction() as connection:
        row = connection.execute(_LOCK, parameters).fetchone()
        if row is None:
            return
        letter = DeadLetter(**row)
        produce([to_record(letter, _TOPICS[letter.type])])
        connection.execute(_COUNT_REDELIVERY, [letter.letter])
    log.warning("dead_letter.redelivered", letter=str(letter.letter), type=letter.type, resent=letter.resent + 1)


def _count_failure(database: Database, letter: UUID, error: str) -> None:
    """Count a redelivery that failed with an error, so that the dead letter is not due until Knative sends it again."""
    log.error("dead_letter.not_redelivered", letter=str(letter), error=error)
    with database.begin_transaction() as connection:
        connection.execute(_COUNT_REDELIVERY, [letter])

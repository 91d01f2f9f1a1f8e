"""What nobody refused and nobody was there to take: it is sent again, as it came, ever more rarely.

A letter that is delivered after all does not come back, and one that comes back is the same row. So each is sent once
for every time that it came, and never for ever.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog

from events.catalogue import OUTCOMES, RAW
from events.document import DocumentUploaded
from events.letters import Letter, record
from events.topics import OUTCOMES as OUTCOMES_TOPIC
from events.topics import PERSISTENCE, UPLOADS
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.bus import Record
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable

log = structlog.get_logger()

Produce = Callable[[Sequence[Record]], None]

# What is lost if nobody sends it again, by the topic it came from.
_TOPICS = {
    DocumentUploaded.TYPE: UPLOADS,
    RAW: UPLOADS,
    **{outcome.TYPE: OUTCOMES_TOPIC for outcome in OUTCOMES},
}

# The first two comparisons are the index's. The codes are those after which a KafkaSource tries again: every other one
# is a refusal. What persistence says is for subscribers, and their dead letters are their own.
_IS_DUE = """
       (error_code IS NULL OR error_code IN (404, 408, 409, 429) OR error_code >= 500)
   AND (resent_at IS NULL OR resent_at < last_at)
   AND resent < %(resend_limit)s
   AND type = ANY(%(types)s) AND source <> %(persistence)s AND (type <> %(raw)s OR source LIKE %(uploads)s)
   AND last_at <= now() - make_interval(
           secs => least(%(stuck_seconds)s * power(2, least(resent, 30)), %(longest_pause_seconds)s))"""
_DUE = f"SELECT letter FROM dead_letters WHERE {_IS_DUE} ORDER BY last_at LIMIT %(letters_per_tick)s"  # noqa: S608  # a constant
_LOCK = f"""
SELECT letter, id, source, type, subject, time, datacontenttype, traceparent, extensions, data, resent
  FROM dead_letters
 WHERE letter = %(letter)s AND {_IS_DUE}
   FOR UPDATE SKIP LOCKED"""  # noqa: S608  # a constant
_RESENT = "UPDATE dead_letters SET resent = resent + 1, resent_at = now() WHERE letter = %s"


def resend_undelivered(database: Database, produce: Produce, settings: ReconcilerSettings) -> None:
    """Send again the uploads and outcomes that could not be delivered. Two at once send each of them once."""
    values = {
        **settings.model_dump(),
        "types": list(_TOPICS),
        "raw": RAW,
        "uploads": f"%#{UPLOADS}",
        "persistence": f"/pagebus/{PERSISTENCE}",
    }
    with database.transaction() as connection:
        due = connection.execute(_DUE, values).fetchall()
    for row in due:
        try:
            _resend(database, produce, {**values, **row})
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # whatever is wrong with one letter, the others go on
            _give_up(database, row["letter"], type(error).__name__)


def _resend(database: Database, produce: Produce, values: dict[str, Any]) -> None:
    """Sent before it is committed: a crash in between sends it twice, which does no harm; losing it would."""
    with database.transaction() as connection:
        row = connection.execute(_LOCK, values).fetchone()
        if row is None:
            return
        letter = Letter(**row)
        produce([record(letter, _TOPICS[letter.type])])
        connection.execute(_RESENT, [letter.letter])
    log.warning("letter.resent", letter=str(letter.letter), type=letter.type, resent=letter.resent + 1)


def _give_up(database: Database, letter: UUID, error: str) -> None:
    """Count it as sent: it cannot be sent until it comes again, as something else."""
    log.error("letter.not_resent", letter=str(letter), error=error)
    with database.transaction() as connection:
        connection.execute(_RESENT, [letter])

"""Storage of dead letters in PostgreSQL."""

import hashlib
import json
from datetime import MAXYEAR, MINYEAR, datetime
from uuid import UUID, uuid5

from events.catalogue import RAW_RECORD_TYPE
from events.envelope import Envelope
from events.identity import NAMESPACE
from functions.dead_letter.parsing import DeliveryFailure
from functions.runtime.database import Database

_SAVE = """
INSERT INTO dead_letters (letter, id, source, type, subject, time, datacontenttype, traceparent, extensions, data,
                          error_dest, error_code, error_data, kafka_partition, kafka_offset)
VALUES (%(letter)s, %(id)s, %(source)s, %(type)s, %(subject)s, %(time)s, %(datacontenttype)s, %(traceparent)s,
        %(extensions)s::jsonb, %(data)s, %(error_dest)s, %(error_code)s, %(error_data)s, %(kafka_partition)s,
        %(kafka_offset)s)
    ON CONFLICT (letter) DO UPDATE
   SET last_at = now(), times = dead_letters.times + 1, id = excluded.id, subject = excluded.subject,
       time = excluded.time, extensions = excluded.extensions, data = excluded.data,
       error_code = excluded.error_code, error_data = excluded.error_data,
       kafka_partition = excluded.kafka_partition, kafka_offset = excluded.kafka_offset"""


def save_dead_letter(database: Database, letter: Envelope) -> UUID:
    """Save a dead letter and return the key of its row. If an event fails at the same function again, update its row.

    Raise Unavailable if PostgreSQL does not answer.
    """
    failure = DeliveryFailure.from_envelope(letter)
    key = _compute_key(letter, failure.destination)
    row = {
        "letter": key,
        "id": letter.id,
        "source": letter.source,
        "type": letter.type,
        "subject": letter.subject,
        "time": _drop_extreme_time(letter.time),
        "datacontenttype": letter.datacontenttype,
        "traceparent": letter.traceparent,
        # PostgreSQL does not allow U+0000 in JSON.
        "extensions": json.dumps({name: value.replace("\0", "\ufffd") for name, value in letter.extensions.items()}),
        "data": letter.data,
        "error_dest": failure.destination,
        "error_code": failure.code,
        "error_data": failure.data,
        "kafka_partition": failure.partition,
        "kafka_offset": failure.offset,
    }
    with database.begin_transaction() as connection:
        connection.execute(_SAVE, row)
    return key


def _drop_extreme_time(time: datetime | None) -> datetime | None:
    """Return the time, or None if it is in the year 1 or 9999.

    In some time zones, Python cannot represent such a time, so reading it from PostgreSQL could fail.
    """
    return time if time and MINYEAR < time.year < MAXYEAR else None


def _compute_key(letter: Envelope, destination: str) -> UUID:
    """Return the key for this event and the function that failed (`destination`).

    The key has a fixed length, because external systems can choose ids and sources of any length.
    """
    # The id of a raw record is its partition and offset. Both change when the record is sent again, so its bytes
    # identify it.
    identity = hashlib.sha256(letter.data).hexdigest() if letter.type == RAW_RECORD_TYPE else letter.id
    return uuid5(NAMESPACE, json.dumps([letter.source, identity, destination]))

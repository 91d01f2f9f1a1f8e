"""The table of what could not be delivered."""

import hashlib
import json
from datetime import MAXYEAR, MINYEAR, datetime
from uuid import UUID, uuid5

from events.catalogue import RAW
from events.envelope import Envelope
from events.identity import NAMESPACE
from functions.dead_letter.letter import error_code, error_data, error_dest, offset, partition
from functions.runtime.database import Database

_KEEP = """
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


def keep(database: Database, letter: Envelope) -> UUID:
    """Keep it as it came, and name its row: one for the same event refused by the same function. Raises Unavailable."""
    name = _name(letter)
    row = {
        "letter": name,
        "id": letter.id,
        "source": letter.source,
        "type": letter.type,
        "subject": letter.subject,
        "time": _readable(letter.time),
        "datacontenttype": letter.datacontenttype,
        "traceparent": letter.traceparent,
        # JSON in PostgreSQL has no U+0000 either.
        "extensions": json.dumps({name: value.replace("\0", "\ufffd") for name, value in letter.extensions.items()}),
        "data": letter.data,
        "error_dest": error_dest(letter),
        "error_code": error_code(letter),
        "error_data": error_data(letter),
        "kafka_partition": partition(letter),
        "kafka_offset": offset(letter),
    }
    with database.transaction() as connection:
        connection.execute(_KEEP, row)
    return name


def _readable(time: datetime | None) -> datetime | None:
    """None for a time that PostgreSQL keeps and Python cannot read back, in some zone or other."""
    return time if time and MINYEAR < time.year < MAXYEAR else None


def _name(letter: Envelope) -> UUID:
    """A key of fixed length: ids and sources of strangers have no limit."""
    # A raw record is called by its place in the topic, and has another one when it is sent again.
    same = hashlib.sha256(letter.data).hexdigest() if letter.type == RAW else letter.id
    return uuid5(NAMESPACE, json.dumps([letter.source, same, error_dest(letter)]))

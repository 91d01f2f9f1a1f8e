"""A dead letter is sent once for every time that it came."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage

from events import codec
from events.catalogue import RAW
from events.codec import Record
from events.document import DocumentUploaded
from events.envelope import Envelope
from events.topics import UPLOADS, key_of
from functions.dead_letter.store import keep
from functions.runtime.database import Database
from local.cli.dead_letters.sending import Verdict, Way, redrive, rehearse
from local.cli.errors import Failed
from tests.contract.database.rows import rows

INTAKE = "http://intake.default.svc.cluster.local"
UPLOAD = DocumentUploaded(bucket="uploads", key="announced/acme/a.pdf")
SENT = Envelope(
    id="their own",
    source="/somebody",
    type=DocumentUploaded.TYPE,
    extensions={"tracestate": "a=b"},
    data=UPLOAD.model_dump_json().encode() + b" ",
)
REFUSED = {"knativeerrordest": INTAKE, "knativeerrorcode": "422", "knativekafkaoffset": "7"}
WAY = Way(lambda _, __: UPLOADS)


def dead(envelope: Envelope) -> Envelope:
    return replace(envelope, extensions={**envelope.extensions, **REFUSED})


@pytest.fixture
def connected(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url) as connection:
        yield connection


def marks(database: Database) -> list[tuple[int, int, bool]]:
    """How often each letter came, how often it was sent, and whether that was after it came last."""
    found = rows(database, "SELECT times, resent, coalesce(resent_at >= last_at, false) AS is_out FROM dead_letters")
    return [(row["times"], row["resent"], row["is_out"]) for row in found]


def test_it_goes_as_it_came_and_that_is_noted(database: Database, connected: psycopg.Connection) -> None:
    letter = keep(database, dead(SENT))
    sent: list[Record] = []

    done = redrive(connected, letter, WAY, sent.append)

    assert (done.verdict, done.topic, done.type) == (Verdict.SENT, UPLOADS, SENT.type)
    [(topic, key, value, headers)] = sent
    assert (topic, key) == (UPLOADS, key_of(UPLOAD))
    assert codec.from_kafka(KafkaMessage(headers=dict(headers), key=None, value=value)) == SENT
    assert marks(database) == [(1, 1, True)]


def test_a_raw_record_goes_as_the_bytes_that_it_was(database: Database, connected: psycopg.Connection) -> None:
    raw = Envelope(id="partition:0/offset:7", source=f"/x#{UPLOADS}", type=RAW, extensions={"key": "k"}, data=b"\xff\0")
    sent: list[Record] = []

    redrive(connected, keep(database, dead(raw)), WAY, sent.append)

    assert sent == [(UPLOADS, "k", b"\xff\0", {})]


def test_what_has_not_come_back_is_not_sent_again_unless_that_is_asked_for(
    database: Database, connected: psycopg.Connection
) -> None:
    letter = keep(database, dead(SENT))
    sent: list[Record] = []
    redrive(connected, letter, WAY, sent.append)

    again = redrive(connected, letter, WAY, sent.append)
    assert again.verdict is Verdict.SKIPPED
    assert "already sent at" in str(again.why)
    assert "has not come back" in str(again.why)
    assert (len(sent), marks(database)) == (1, [(1, 1, True)])

    assert redrive(connected, letter, replace(WAY, again=True), sent.append).verdict is Verdict.SENT
    assert (len(sent), marks(database)) == (2, [(1, 2, True)])


def test_what_came_back_is_sent_again(database: Database, connected: psycopg.Connection) -> None:
    sent: list[Record] = []
    for times in (1, 2, 3):
        letter = keep(database, dead(SENT))
        assert redrive(connected, letter, WAY, sent.append).verdict is Verdict.SENT
        assert (len(sent), marks(database)) == (times, [(times, times, True)])


def test_two_at_once_send_it_once(database: Database, url: str) -> None:
    letters = [keep(database, dead(replace(SENT, id=str(number)))) for number in range(20)]
    sent: list[Record] = []

    def redrive_all(_: int) -> list[Verdict]:
        with psycopg.connect(url) as connection:
            return [redrive(connection, letter, WAY, sent.append).verdict for letter in letters]

    with ThreadPoolExecutor(2) as pool:
        verdicts = [verdict for found in pool.map(redrive_all, range(2)) for verdict in found]

    assert sorted(verdicts) == [Verdict.SENT] * 20 + [Verdict.SKIPPED] * 20
    assert len(sent) == 20
    assert set(marks(database)) == {(1, 1, True)}


def test_a_letter_that_somebody_else_sends_just_now_is_left_to_them(
    database: Database, url: str, connected: psycopg.Connection
) -> None:
    letter = keep(database, dead(SENT))
    with psycopg.connect(url) as other:
        other.execute("SELECT FROM dead_letters FOR UPDATE")
        done = redrive(connected, letter, WAY, _refuse)

    assert done.verdict is Verdict.SKIPPED
    assert "somebody else" in str(done.why)


def test_what_kafka_does_not_take_is_not_noted_as_sent(database: Database, connected: psycopg.Connection) -> None:
    letter = keep(database, dead(SENT))

    with pytest.raises(Failed):
        redrive(connected, letter, WAY, _refuse)

    assert marks(database) == [(1, 0, False)]
    assert redrive(connected, letter, WAY, lambda _: None).verdict is Verdict.SENT


@pytest.mark.parametrize("odd", [replace(SENT, id="\x01"), replace(SENT, data=b"x" * 950_000)])
def test_what_cannot_be_sent_says_why_and_is_not_noted_as_sent(
    database: Database, connected: psycopg.Connection, odd: Envelope
) -> None:
    done = redrive(connected, keep(database, dead(odd)), WAY, _refuse)

    assert done.verdict is Verdict.FAILED
    assert done.why
    assert marks(database) == [(1, 0, False)]


def test_a_letter_whose_topic_nobody_knows_is_not_sent(database: Database, connected: psycopg.Connection) -> None:
    def unknown(_: object, refused_at: str) -> str:
        raise Failed(f"not known: {refused_at}")

    done = redrive(connected, keep(database, dead(SENT)), Way(unknown), _refuse)

    assert (done.verdict, done.why) == (Verdict.FAILED, f"not known: {INTAKE}")


def test_a_rehearsal_says_what_would_happen_and_does_nothing(database: Database, connected: psycopg.Connection) -> None:
    letter = keep(database, dead(SENT))

    assert rehearse(connected, letter, WAY).verdict is Verdict.READY
    assert marks(database) == [(1, 0, False)]
    redrive(connected, letter, WAY, lambda _: None)
    assert rehearse(connected, letter, WAY).verdict is Verdict.SKIPPED
    assert rehearse(connected, UUID(int=0), WAY).verdict is Verdict.SKIPPED


def _refuse(_: Record) -> None:
    raise Failed("Kafka does not take it")

"""Redelivery by the CLI: each dead letter is sent once for every time that it came."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage

from events import codec
from events.catalogue import RAW_RECORD_TYPE
from events.codec import KafkaRecord
from events.document import DocumentUploaded
from events.envelope import Envelope
from events.topics import UPLOADS, get_record_key
from functions.dead_letter.store import save_dead_letter
from functions.runtime.database import Database
from local.cli.dead_letters.redelivery import RedriveOptions, RedriveVerdict, preview_redrive, redrive_letter
from local.cli.shell.errors import CommandFailedError
from tests.contract.database.rows import select_rows

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
OPTIONS = RedriveOptions(lambda _, __: UPLOADS)


def mark_dead(envelope: Envelope) -> Envelope:
    return replace(envelope, extensions={**envelope.extensions, **REFUSED})


@pytest.fixture
def connected(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url) as connection:
        yield connection


def read_counters(database: Database) -> list[tuple[int, int, bool]]:
    """Return for each letter how often it came and was sent, and whether it was sent after it came last."""
    found = select_rows(
        database, "SELECT times, resent, coalesce(resent_at >= last_at, false) AS is_out FROM dead_letters"
    )
    return [(row["times"], row["resent"], row["is_out"]) for row in found]


def test_letter_is_sent_unchanged_and_counted(database: Database, connected: psycopg.Connection) -> None:
    letter = save_dead_letter(database, mark_dead(SENT))
    sent: list[KafkaRecord] = []

    result = redrive_letter(connected, letter, OPTIONS, sent.append)

    assert (result.verdict, result.topic, result.type) == (RedriveVerdict.SENT, UPLOADS, SENT.type)
    [(topic, key, value, headers)] = sent
    assert (topic, key) == (UPLOADS, get_record_key(UPLOAD))
    assert codec.from_kafka(KafkaMessage(headers=dict(headers), key=None, value=value)) == SENT
    assert read_counters(database) == [(1, 1, True)]


def test_raw_record_is_sent_unchanged(database: Database, connected: psycopg.Connection) -> None:
    raw = Envelope(
        id="partition:0/offset:7", source=f"/x#{UPLOADS}", type=RAW_RECORD_TYPE, extensions={"key": "k"}, data=b"\xff\0"
    )
    sent: list[KafkaRecord] = []

    redrive_letter(connected, save_dead_letter(database, mark_dead(raw)), OPTIONS, sent.append)

    assert sent == [(UPLOADS, "k", b"\xff\0", {})]


def test_sent_letter_is_repeated_only_on_request(database: Database, connected: psycopg.Connection) -> None:
    letter = save_dead_letter(database, mark_dead(SENT))
    sent: list[KafkaRecord] = []
    redrive_letter(connected, letter, OPTIONS, sent.append)

    again = redrive_letter(connected, letter, OPTIONS, sent.append)
    assert again.verdict is RedriveVerdict.SKIPPED
    assert "already sent at" in str(again.why)
    assert "has not come back" in str(again.why)
    assert (len(sent), read_counters(database)) == (1, [(1, 1, True)])

    assert redrive_letter(connected, letter, replace(OPTIONS, again=True), sent.append).verdict is RedriveVerdict.SENT
    assert (len(sent), read_counters(database)) == (2, [(1, 2, True)])


def test_returned_letter_is_sent_again(database: Database, connected: psycopg.Connection) -> None:
    sent: list[KafkaRecord] = []
    for times in (1, 2, 3):
        letter = save_dead_letter(database, mark_dead(SENT))
        assert redrive_letter(connected, letter, OPTIONS, sent.append).verdict is RedriveVerdict.SENT
        assert (len(sent), read_counters(database)) == (times, [(times, times, True)])


def test_concurrent_redelivery_sends_each_letter_once(database: Database, url: str) -> None:
    letters = [save_dead_letter(database, mark_dead(replace(SENT, id=str(number)))) for number in range(20)]
    sent: list[KafkaRecord] = []

    def redrive_all(_: int) -> list[RedriveVerdict]:
        with psycopg.connect(url) as connection:
            return [redrive_letter(connection, letter, OPTIONS, sent.append).verdict for letter in letters]

    with ThreadPoolExecutor(2) as pool:
        verdicts = [verdict for found in pool.map(redrive_all, range(2)) for verdict in found]

    assert sorted(verdicts) == [RedriveVerdict.SENT] * 20 + [RedriveVerdict.SKIPPED] * 20
    assert len(sent) == 20
    assert set(read_counters(database)) == {(1, 1, True)}


def test_locked_letter_is_skipped(database: Database, url: str, connected: psycopg.Connection) -> None:
    letter = save_dead_letter(database, mark_dead(SENT))
    with psycopg.connect(url) as other:
        other.execute("SELECT FROM dead_letters FOR UPDATE")
        result = redrive_letter(connected, letter, OPTIONS, _refuse)

    assert result.verdict is RedriveVerdict.SKIPPED
    assert "another command" in str(result.why)


def test_unacknowledged_letter_is_not_counted(database: Database, connected: psycopg.Connection) -> None:
    letter = save_dead_letter(database, mark_dead(SENT))

    with pytest.raises(CommandFailedError):
        redrive_letter(connected, letter, OPTIONS, _refuse)

    assert read_counters(database) == [(1, 0, False)]
    assert redrive_letter(connected, letter, OPTIONS, lambda _: None).verdict is RedriveVerdict.SENT


@pytest.mark.parametrize("defective", [replace(SENT, id="\x01"), replace(SENT, data=b"x" * 950_000)])
def test_defective_letter_fails_with_reason(
    database: Database, connected: psycopg.Connection, defective: Envelope
) -> None:
    result = redrive_letter(connected, save_dead_letter(database, mark_dead(defective)), OPTIONS, _refuse)

    assert result.verdict is RedriveVerdict.FAILED
    assert result.why
    assert read_counters(database) == [(1, 0, False)]


def test_letter_with_unknown_topic_is_not_sent(database: Database, connected: psycopg.Connection) -> None:
    def unknown(_: object, refused_at: str) -> str:
        raise CommandFailedError(f"not known: {refused_at}")

    result = redrive_letter(connected, save_dead_letter(database, mark_dead(SENT)), RedriveOptions(unknown), _refuse)

    assert (result.verdict, result.why) == (RedriveVerdict.FAILED, f"not known: {INTAKE}")


def test_preview_changes_nothing(database: Database, connected: psycopg.Connection) -> None:
    letter = save_dead_letter(database, mark_dead(SENT))

    assert preview_redrive(connected, letter, OPTIONS).verdict is RedriveVerdict.READY
    assert read_counters(database) == [(1, 0, False)]
    redrive_letter(connected, letter, OPTIONS, lambda _: None)
    assert preview_redrive(connected, letter, OPTIONS).verdict is RedriveVerdict.SKIPPED
    assert preview_redrive(connected, UUID(int=0), OPTIONS).verdict is RedriveVerdict.SKIPPED


def _refuse(_: KafkaRecord) -> None:
    raise CommandFailedError("Kafka does not take it")

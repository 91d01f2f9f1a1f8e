"""Redelivery of dead letters: uploads and outcomes that no function could take."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage

from events import codec
from events.catalogue import RAW_RECORD_TYPE
from events.codec import KafkaRecord
from events.document import DocumentRecognized, DocumentUploaded, Options
from events.envelope import Envelope
from events.event import Event
from events.examples import EXAMPLES
from events.page import PageRequested
from events.topics import OUTCOMES, UPLOADS, get_record_key
from functions.dead_letter.store import save_dead_letter
from functions.reconciler.handler import ReconcilerDependencies
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from tests.contract.database.reconciler.runs import LETTER, TRACEPARENT, FakeBus, advance_time, run_reconciler
from tests.contract.database.rows import select_rows

UPLOAD = DocumentUploaded(bucket="uploads", key="announced/acme/Größe.pdf", options=Options(run=3))
NOTIFICATION = '{"Records": [{"s3": {"object": {"key": "in/acme/Größe + 1.pdf"}}}]}'.encode()
DELIVERY_ATTRIBUTES = {"knativekafkapartition": "3", "knativekafkaoffset": "99", "knativeerrordest": "http://intake"}


def make_envelope(event: Event, function: str = "intake") -> Envelope:
    result = Envelope.from_event(
        event, function=function, time=datetime(2026, 1, 31, 12, tzinfo=UTC), traceparent=TRACEPARENT
    )
    return replace(result, extensions={"tracestate": "a=b"})


def make_raw_record(offset: int = 99, topic: str = UPLOADS) -> Envelope:
    return Envelope(
        id=f"partition:3/offset:{offset}",
        source=f"/apis/v1/namespaces/pagebus/kafkasources/intake#{topic}",
        type=RAW_RECORD_TYPE,
        subject=f"partition:3#{offset}",
        extensions={"key": "uploads/in/acme"},
        data=NOTIFICATION,
    )


def mark_dead(letter: Envelope, code: int | None = 503) -> Envelope:
    coded = {} if code is None else {"knativeerrorcode": str(code)}
    return replace(letter, extensions={**letter.extensions, **DELIVERY_ATTRIBUTES, **coded})


def parse_record(record: KafkaRecord) -> Envelope:
    _, _, value, headers = record
    return codec.from_kafka(KafkaMessage(headers=dict(headers), key=None, value=value))


@pytest.mark.parametrize("code", [None, 404, 408, 409, 429, 500, 502, 503, 504, 599])
@pytest.mark.parametrize(
    "source", [(UPLOAD, UPLOADS), (LETTER.make_accepted(), OUTCOMES), (LETTER.make_rejected(), OUTCOMES)]
)
def test_undelivered_event_is_redelivered_unchanged(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, source: tuple[Event, str], code: int | None
) -> None:
    event, topic = source
    save_dead_letter(database, mark_dead(make_envelope(event), code))
    advance_time(database, 301)
    run_reconciler(dependencies)
    (record,) = bus.records
    assert record[:2] == (topic, get_record_key(event))
    assert parse_record(record) == make_envelope(event)


def test_raw_notification_is_redelivered_unchanged(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus
) -> None:
    save_dead_letter(database, mark_dead(make_raw_record()))
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert bus.records == [(UPLOADS, "uploads/in/acme", NOTIFICATION, {})]


@pytest.mark.parametrize(
    "letter",
    [
        *(mark_dead(make_envelope(UPLOAD), code) for code in (400, 403, 405, 410, 413, 422, 431)),
        mark_dead(make_envelope(LETTER.make_accepted()), 422),
        mark_dead(make_raw_record(), 422),
        mark_dead(make_raw_record(topic="pagebus.results")),
        mark_dead(make_envelope(EXAMPLES[PageRequested.TYPE])),
        mark_dead(make_envelope(EXAMPLES[DocumentRecognized.TYPE])),
        mark_dead(make_envelope(LETTER.make_rejected(), function="persistence")),
        mark_dead(replace(make_envelope(UPLOAD), type="org.example.else")),
    ],
)
def test_refused_or_foreign_dead_letter_is_never_redelivered(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, letter: Envelope
) -> None:
    save_dead_letter(database, letter)
    for _ in range(3):
        advance_time(database, 3601)
        run_reconciler(dependencies)
    assert bus.records == []


@pytest.mark.parametrize("letter", [make_envelope(UPLOAD), make_raw_record()])
def test_delivered_dead_letter_is_sent_once(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, letter: Envelope
) -> None:
    save_dead_letter(database, mark_dead(letter))
    for _ in range(3):
        advance_time(database, 3601)
        run_reconciler(dependencies)
    assert len(bus.records) == 1


@pytest.mark.parametrize("make_letter", [lambda _: make_envelope(UPLOAD), make_raw_record])
def test_returning_dead_letter_is_redelivered_with_growing_pauses(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, make_letter: Callable[[int], Envelope]
) -> None:
    for times, pause in enumerate([300, 600, 1200, 2400, *[3600] * 20], start=1):
        save_dead_letter(database, mark_dead(make_letter(times)))
        advance_time(database, pause - 5)
        run_reconciler(dependencies)
        assert bus.take_records() == []
        advance_time(database, 6)
        run_reconciler(dependencies)
        assert len(bus.take_records()) == 1
        assert select_rows(database, "SELECT times, resent FROM dead_letters") == [{"times": times, "resent": times}]
    save_dead_letter(database, mark_dead(make_letter(25)))
    advance_time(database, 24 * 3600)
    run_reconciler(dependencies)
    assert bus.take_records() == []
    assert len(select_rows(database, "SELECT FROM dead_letters")) == 1


def test_dead_letter_refused_later_is_not_redelivered(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus
) -> None:
    for code, sent in ((503, 1), (422, 0)):
        save_dead_letter(database, mark_dead(make_envelope(UPLOAD), code))
        advance_time(database, 3601)
        run_reconciler(dependencies)
        assert len(bus.take_records()) == sent


def test_unacknowledged_dead_letter_is_sent_next_run(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus
) -> None:
    save_dead_letter(database, mark_dead(make_envelope(UPLOAD)))
    advance_time(database, 301)

    def fail(_: object) -> None:
        raise Unavailable

    with pytest.raises(Unavailable):
        run_reconciler(replace(dependencies, produce=fail))
    run_reconciler(dependencies)
    assert len(bus.records) == 1
    assert select_rows(database, "SELECT resent FROM dead_letters") == [{"resent": 1}]


@pytest.mark.parametrize(
    "defective",
    [replace(make_envelope(UPLOAD), id="\x01"), replace(make_envelope(UPLOAD), id="long", data=b"x" * 950_000)],
)
def test_defective_dead_letter_does_not_stop_others(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, defective: Envelope
) -> None:
    save_dead_letter(database, mark_dead(defective))
    advance_time(database, 1)
    save_dead_letter(database, mark_dead(make_envelope(UPLOAD)))
    advance_time(database, 301)
    run_reconciler(dependencies)
    run_reconciler(dependencies)
    assert [parse_record(record) for record in bus.records] == [make_envelope(UPLOAD)]


def test_upload_of_newer_version_is_redelivered(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus
) -> None:
    newer = replace(make_envelope(UPLOAD), data=b'{"of": "tomorrow"}')
    save_dead_letter(database, mark_dead(newer))
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert [parse_record(record) for record in bus.records] == [newer]


def test_oldest_dead_letters_are_redelivered_first(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus
) -> None:
    uploads = [make_envelope(DocumentUploaded(bucket="uploads", key=f"announced/acme/{n}.pdf")) for n in range(5)]
    for upload in uploads:
        save_dead_letter(database, mark_dead(upload))
        advance_time(database, 1)
    advance_time(database, 301)
    two_per_run = replace(dependencies, settings=dependencies.settings.model_copy(update={"letters_per_tick": 2}))
    for expected in (uploads[:2], uploads[2:4], uploads[4:], []):
        run_reconciler(two_per_run)
        assert [parse_record(record) for record in bus.take_records()] == expected


def test_concurrent_runs_redeliver_each_dead_letter_once(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus
) -> None:
    for n in range(20):
        save_dead_letter(
            database, mark_dead(make_envelope(DocumentUploaded(bucket="uploads", key=f"announced/acme/{n}.pdf")))
        )
    advance_time(database, 301)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run_reconciler, [dependencies, dependencies]))
    assert len({parse_record(record).id for record in bus.records}) == len(bus.records) == 20
    assert select_rows(database, "SELECT DISTINCT resent FROM dead_letters") == [{"resent": 1}]

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage

from events import codec
from events.catalogue import RAW
from events.document import DocumentRecognized, DocumentUploaded, Options
from events.envelope import Envelope
from events.event import Event
from events.examples import EXAMPLES
from events.page import PageRequested
from events.topics import OUTCOMES, UPLOADS, key_of
from functions.dead_letter.store import keep
from functions.reconciler.handler import Rounds
from functions.runtime.bus import Record
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from tests.contract.database.reconciler.rounds import LETTER, TRACEPARENT, Said, age, look
from tests.contract.database.rows import rows

UPLOAD = DocumentUploaded(bucket="uploads", key="announced/acme/Größe.pdf", options=Options(run=3))
NOTIFICATION = '{"Records": [{"s3": {"object": {"key": "in/acme/Größe + 1.pdf"}}}]}'.encode()
CAME = {"knativekafkapartition": "3", "knativekafkaoffset": "99", "knativeerrordest": "http://somebody"}


def envelope(event: Event, function: str = "intake") -> Envelope:
    said = Envelope.around(
        event, function=function, time=datetime(2026, 1, 31, 12, tzinfo=UTC), traceparent=TRACEPARENT
    )
    return replace(said, extensions={"tracestate": "a=b"})


def raw(offset: int = 99, topic: str = UPLOADS) -> Envelope:
    return Envelope(
        id=f"partition:3/offset:{offset}",
        source=f"/apis/v1/namespaces/pagebus/kafkasources/intake#{topic}",
        type=RAW,
        subject=f"partition:3#{offset}",
        extensions={"key": "uploads/in/acme"},
        data=NOTIFICATION,
    )


def dead(letter: Envelope, code: int | None = 503) -> Envelope:
    coded = {} if code is None else {"knativeerrorcode": str(code)}
    return replace(letter, extensions={**letter.extensions, **CAME, **coded})


def opened(record: Record) -> Envelope:
    _, _, value, headers = record
    return codec.from_kafka(KafkaMessage(headers=dict(headers), key=None, value=value))


@pytest.mark.parametrize("code", [None, 404, 408, 409, 429, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("origin", [(UPLOAD, UPLOADS), (LETTER.accepted(), OUTCOMES), (LETTER.rejected(), OUTCOMES)])
def test_what_nobody_was_there_to_take_is_sent_again_as_the_same_event(
    database: Database, rounds: Rounds, said: Said, origin: tuple[Event, str], code: int | None
) -> None:
    event, topic = origin
    keep(database, dead(envelope(event), code))
    age(database, 301)
    look(rounds)
    (record,) = said.records
    assert record[:2] == (topic, key_of(event))
    assert opened(record) == envelope(event)


def test_a_notification_is_sent_again_as_the_bytes_that_it_was(database: Database, rounds: Rounds, said: Said) -> None:
    keep(database, dead(raw()))
    age(database, 301)
    look(rounds)
    assert said.records == [(UPLOADS, "uploads/in/acme", NOTIFICATION, {})]


@pytest.mark.parametrize(
    "letter",
    [
        *(dead(envelope(UPLOAD), code) for code in (400, 403, 405, 410, 413, 422, 431)),
        dead(envelope(LETTER.accepted()), 422),
        dead(raw(), 422),
        dead(raw(topic="pagebus.results")),
        dead(envelope(EXAMPLES[PageRequested.TYPE])),
        dead(envelope(EXAMPLES[DocumentRecognized.TYPE])),
        dead(envelope(LETTER.rejected(), function="persistence")),
        dead(replace(envelope(UPLOAD), type="org.example.else")),
    ],
)
def test_what_was_refused_or_comes_otherwise_is_never_sent(
    database: Database, rounds: Rounds, said: Said, letter: Envelope
) -> None:
    keep(database, letter)
    for _ in range(3):
        age(database, 3601)
        look(rounds)
    assert said.records == []


@pytest.mark.parametrize("letter", [envelope(UPLOAD), raw()])
def test_what_does_not_come_back_is_sent_once(database: Database, rounds: Rounds, said: Said, letter: Envelope) -> None:
    keep(database, dead(letter))
    for _ in range(3):
        age(database, 3601)
        look(rounds)
    assert len(said.records) == 1


@pytest.mark.parametrize("back", [lambda _: envelope(UPLOAD), raw])
def test_what_comes_back_is_sent_again_with_growing_pauses_until_it_was_sent_often_enough(
    database: Database, rounds: Rounds, said: Said, back: Callable[[int], Envelope]
) -> None:
    for times, pause in enumerate([300, 600, 1200, 2400, *[3600] * 20], start=1):
        keep(database, dead(back(times)))
        age(database, pause - 5)
        look(rounds)
        assert said.sent() == []
        age(database, 6)
        look(rounds)
        assert len(said.sent()) == 1
        assert rows(database, "SELECT times, resent FROM dead_letters") == [{"times": times, "resent": times}]
    keep(database, dead(back(25)))
    age(database, 24 * 3600)
    look(rounds)
    assert said.sent() == []
    assert len(rows(database, "SELECT FROM dead_letters")) == 1


def test_what_comes_back_refused_is_sent_no_more(database: Database, rounds: Rounds, said: Said) -> None:
    for code, sent in ((503, 1), (422, 0)):
        keep(database, dead(envelope(UPLOAD), code))
        age(database, 3601)
        look(rounds)
        assert len(said.sent()) == sent


def test_a_letter_that_kafka_did_not_take_is_sent_at_the_next_look(
    database: Database, rounds: Rounds, said: Said
) -> None:
    keep(database, dead(envelope(UPLOAD)))
    age(database, 301)

    def away(_: object) -> None:
        raise Unavailable

    with pytest.raises(Unavailable):
        look(replace(rounds, produce=away))
    look(rounds)
    assert len(said.records) == 1
    assert rows(database, "SELECT resent FROM dead_letters") == [{"resent": 1}]


@pytest.mark.parametrize(
    "odd",
    [replace(envelope(UPLOAD), id="\x01"), replace(envelope(UPLOAD), id="long", data=b"x" * 950_000)],
)
def test_a_letter_that_cannot_be_sent_stops_no_other(
    database: Database, rounds: Rounds, said: Said, odd: Envelope
) -> None:
    keep(database, dead(odd))
    age(database, 1)
    keep(database, dead(envelope(UPLOAD)))
    age(database, 301)
    look(rounds)
    look(rounds)
    assert [opened(record) for record in said.records] == [envelope(UPLOAD)]


def test_an_upload_that_only_a_newer_intake_can_read_is_sent_all_the_same(
    database: Database, rounds: Rounds, said: Said
) -> None:
    newer = replace(envelope(UPLOAD), data=b'{"of": "tomorrow"}')
    keep(database, dead(newer))
    age(database, 301)
    look(rounds)
    assert [opened(record) for record in said.records] == [newer]


def test_few_letters_are_sent_at_a_time_the_oldest_first(database: Database, rounds: Rounds, said: Said) -> None:
    uploads = [envelope(DocumentUploaded(bucket="uploads", key=f"announced/acme/{n}.pdf")) for n in range(5)]
    for upload in uploads:
        keep(database, dead(upload))
        age(database, 1)
    age(database, 301)
    few = replace(rounds, settings=rounds.settings.model_copy(update={"letters_per_tick": 2}))
    for expected in (uploads[:2], uploads[2:4], uploads[4:], []):
        look(few)
        assert [opened(record) for record in said.sent()] == expected


def test_two_looks_at_once_send_every_letter_once(database: Database, rounds: Rounds, said: Said) -> None:
    for n in range(20):
        keep(database, dead(envelope(DocumentUploaded(bucket="uploads", key=f"announced/acme/{n}.pdf"))))
    age(database, 301)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(look, [rounds, rounds]))
    assert len({opened(record).id for record in said.records}) == len(said.records) == 20
    assert rows(database, "SELECT DISTINCT resent FROM dead_letters") == [{"resent": 1}]

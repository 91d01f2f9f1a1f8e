import base64

import pytest
import structlog

from events.page import PageFailed, PageRequested
from functions.dead_letter.handler import handle
from functions.dead_letter.letter import received
from functions.runtime.app import application
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from local.platform.part import Part, bring_up, take_down
from local.platform.state import Platform
from tests.contract.database.rows import rows
from tests.fakes import Recorder, telemetry
from tests.unit.persistence.outcomes import Made

MADE = Made("a.pdf", pages=3)
HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/pagebus/intake",
    "ce-type": PageRequested.TYPE,
    "ce-subject": f"{MADE.origin['document']}/pages/2",
    "ce-time": "2026-01-31T12:00:00Z",
    "ce-knativeerrordest": "http://tesseract",
    "ce-knativeerrorcode": "422",
    "ce-knativeerrordata": base64.b64encode(b"no\0 good").decode(),
    "ce-knativekafkapartition": "3",
    "ce-knativekafkaoffset": "99",
    "content-type": "application/json",
}
BODY = MADE.failed(2).model_dump_json().encode()


def test_a_letter_that_comes_twice_is_one_row(database: Database) -> None:
    for _ in range(2):
        (failed,) = handle(received(HEADERS, BODY), database=database)
        assert isinstance(failed, PageFailed)
    (row,) = rows(database, "SELECT * FROM dead_letters")
    assert (row["times"], row["id"], row["type"], row["data"]) == (2, "1", PageRequested.TYPE, BODY)
    assert (row["error_code"], row["error_data"], row["kafka_partition"], row["kafka_offset"]) == (
        422,
        "no\ufffd good",
        3,
        99,
    )
    assert row["first_at"] < row["last_at"]


@pytest.mark.parametrize(("kind", "told"), [(PageRequested.TYPE, PageRequested.TYPE), ("a secret", None)])
def test_the_log_leads_to_the_row_and_repeats_no_stranger(database: Database, kind: str, told: str | None) -> None:
    with structlog.testing.capture_logs() as logged:
        handle(received(HEADERS | {"ce-type": kind, "ce-id": "a secret"}, b""), database=database)
    (entry,), (row,) = logged, rows(database, "SELECT letter FROM dead_letters")
    assert (entry["letter"], entry["type"]) == (str(row["letter"]), told)
    assert "secret" not in str(entry)


def test_the_same_event_refused_by_another_function_is_another_row(database: Database) -> None:
    for destination in ("http://tesseract", "http://rapidocr"):
        handle(received(HEADERS | {"ce-knativeerrordest": destination}, BODY), database=database)
    assert len(rows(database, "SELECT FROM dead_letters")) == 2


def test_a_raw_record_that_was_sent_again_is_the_same_row_and_another_record_is_not(database: Database) -> None:
    raw = HEADERS | {"ce-type": "dev.knative.kafka.event", "ce-key": "k"}
    for offset, body in ((7, b"one"), (8, b"one"), (8, b"two")):
        place = {"ce-id": f"partition:3/offset:{offset}", "ce-subject": f"partition:3#{offset}"}
        handle(received(raw | place | {"ce-knativekafkaoffset": str(offset)}, body), database=database)
    kept = rows(database, "SELECT id, subject, data, kafka_offset, times FROM dead_letters ORDER BY data")
    last = {"id": "partition:3/offset:8", "subject": "partition:3#8", "kafka_offset": 8}
    assert kept == [{**last, "data": b"one", "times": 2}, {**last, "data": b"two", "times": 1}]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ce-type": "dev.knative.kafka.event", "ce-key": "k"},
        {**HEADERS, "ce-id": "", "ce-subject": "x" * 8000, "ce-source": "y" * 8000},
        {**HEADERS, "ce-specversion": "0.3"},
        {"content-type": "application/cloudevents+json"},
    ],
)
def test_whatever_arrives_is_kept_and_answered_with_204(database: Database, headers: dict[str, str]) -> None:
    app = application(
        {"*": lambda letter: handle(letter, database=database)},
        Recorder(),
        consumes="pagebus.dead-letters",
        telemetry=telemetry(),
        received=received,
    )
    for body in (b"", b"\xff\0{", BODY):
        assert app.test_client().post("/", headers=headers, data=body).status_code == 204
    assert rows(database, "SELECT sum(times)::integer AS letters FROM dead_letters") == [{"letters": 3}]


def test_a_database_that_is_away_is_unavailable(database: Database, platform: Platform, server: Part) -> None:
    take_down(platform.home, server)
    with pytest.raises(Unavailable):
        handle(received(HEADERS, BODY), database=database)
    bring_up(platform.home, server)
    handle(received(HEADERS, BODY), database=database)

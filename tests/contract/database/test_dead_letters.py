"""Dead letters are saved as they came, one row per event and function."""

import base64

import pytest
import structlog

from events.page import PageFailed, PageRequested
from functions.dead_letter.handler import handle
from functions.dead_letter.parsing import parse_dead_letter
from functions.runtime.app import create_app
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from local.platform.server import PlatformServer, start_server, stop_server
from local.platform.state import Platform
from tests.contract.database.rows import select_rows
from tests.fakes import PublishRecorder, create_telemetry
from tests.unit.persistence.outcomes import ExampleDocument

EXAMPLE = ExampleDocument("a.pdf", pages=3)
HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/pagebus/intake",
    "ce-type": PageRequested.TYPE,
    "ce-subject": f"{EXAMPLE.document_id}/pages/2",
    "ce-time": "2026-01-31T12:00:00Z",
    "ce-knativeerrordest": "http://tesseract",
    "ce-knativeerrorcode": "422",
    "ce-knativeerrordata": base64.b64encode(b"no\0 good").decode(),
    "ce-knativekafkapartition": "3",
    "ce-knativekafkaoffset": "99",
    "content-type": "application/json",
}
BODY = EXAMPLE.make_failed(2).model_dump_json().encode()


def test_repeated_letter_updates_its_row(database: Database) -> None:
    for _ in range(2):
        (failed,) = handle(parse_dead_letter(HEADERS, BODY), database=database)
        assert isinstance(failed, PageFailed)
    (row,) = select_rows(database, "SELECT * FROM dead_letters")
    assert (row["times"], row["id"], row["type"], row["data"]) == (2, "1", PageRequested.TYPE, BODY)
    assert (row["error_code"], row["error_data"], row["kafka_partition"], row["kafka_offset"]) == (
        422,
        "no\ufffd good",
        3,
        99,
    )
    assert row["first_at"] < row["last_at"]


@pytest.mark.parametrize(("event_type", "logged_type"), [(PageRequested.TYPE, PageRequested.TYPE), ("a secret", None)])
def test_log_names_row_but_no_foreign_text(database: Database, event_type: str, logged_type: str | None) -> None:
    with structlog.testing.capture_logs() as logged:
        handle(parse_dead_letter(HEADERS | {"ce-type": event_type, "ce-id": "a secret"}, b""), database=database)
    (entry,), (row,) = logged, select_rows(database, "SELECT letter FROM dead_letters")
    assert (entry["letter"], entry["type"]) == (str(row["letter"]), logged_type)
    assert "secret" not in str(entry)


def test_event_refused_by_two_functions_has_two_rows(database: Database) -> None:
    for destination in ("http://tesseract", "http://rapidocr"):
        handle(parse_dead_letter(HEADERS | {"ce-knativeerrordest": destination}, BODY), database=database)
    assert len(select_rows(database, "SELECT FROM dead_letters")) == 2


def test_raw_records_with_same_bytes_share_a_row(database: Database) -> None:
    raw = HEADERS | {"ce-type": "dev.knative.kafka.event", "ce-key": "k"}
    for offset, body in ((7, b"one"), (8, b"one"), (8, b"two")):
        place = {"ce-id": f"partition:3/offset:{offset}", "ce-subject": f"partition:3#{offset}"}
        handle(parse_dead_letter(raw | place | {"ce-knativekafkaoffset": str(offset)}, body), database=database)
    saved = select_rows(database, "SELECT id, subject, data, kafka_offset, times FROM dead_letters ORDER BY data")
    last = {"id": "partition:3/offset:8", "subject": "partition:3#8", "kafka_offset": 8}
    assert saved == [{**last, "data": b"one", "times": 2}, {**last, "data": b"two", "times": 1}]


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
def test_every_request_is_saved_and_answered_204(database: Database, headers: dict[str, str]) -> None:
    app = create_app(
        {"*": lambda letter: handle(letter, database=database)},
        PublishRecorder(),
        consumes="pagebus.dead-letters",
        telemetry=create_telemetry(),
        parse_request=parse_dead_letter,
    )
    for body in (b"", b"\xff\0{", BODY):
        assert app.test_client().post("/", headers=headers, data=body).status_code == 204
    assert select_rows(database, "SELECT sum(times)::integer AS letters FROM dead_letters") == [{"letters": 3}]


def test_stopped_database_is_unavailable(database: Database, platform: Platform, server: PlatformServer) -> None:
    stop_server(platform.home, server)
    with pytest.raises(Unavailable):
        handle(parse_dead_letter(HEADERS, BODY), database=database)
    start_server(platform.home, server)
    handle(parse_dead_letter(HEADERS, BODY), database=database)

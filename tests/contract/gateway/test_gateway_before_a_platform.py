"""The gateway before a real PostgreSQL, and before an S3 server that tells it about uploads."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from werkzeug.serving import make_server

from events.notifications import read_notification
from events.topics import UPLOADS
from functions.gateway.main import build
from functions.gateway.settings import GatewaySettings
from functions.runtime.migrations import migrate
from local.platform import buckets
from local.platform.endpoints import RESULTS_BUCKET, UPLOADS_BUCKET, Endpoints
from local.platform.lifecycle import start, start_part, stop, stop_part
from local.platform.state import free_port
from local.platform.topics import Topic
from tests.fakes import telemetry

KEYS = ("in/acme/Größe & b+c 100%.png", "in/acme/%2B+ +.png", "in/acme/" + "ü" * 100)
# Longer than what is read from the store at a time.
TEXT = ("Größe: 5 Maß Öl, 12,50 €\n" * 100_000).encode()


@dataclass(frozen=True)
class Gateway:
    port: int
    home: Path
    endpoints: Endpoints

    def ask(self, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def sql(self, statement: str, *parameters: object) -> None:
        with psycopg.connect(self.endpoints.database) as connection:
            connection.execute(statement.encode(), parameters)

    def completed(self, pages: int, body: bytes) -> UUID:
        """A document that ended well, with a text in the store."""
        document = uuid4()
        written = f"documents/acme/{document}/document.txt"
        self.sql(
            "INSERT INTO documents (document, tenant, bucket, key, etag, run, state, pages, recognized) "
            "VALUES (%s, 'acme', %s, 'in/acme/Größe.png', 'e', 0, 'completed', %s, %s)",
            *(document, UPLOADS_BUCKET, pages, pages),
        )
        self.sql(
            "INSERT INTO pages (document, page, state, engine, confidence) "
            "SELECT %s, n, 'recognized', 'tesseract', 0.9 FROM generate_series(1, %s) n",
            *(document, pages),
        )
        dataref, media_type = f"s3://{RESULTS_BUCKET}/{written}", "text/plain; charset=utf-8"
        self.sql("INSERT INTO outputs VALUES (%s, 'text', %s, %s, %s)", document, dataref, media_type, len(body))
        buckets.client(self.endpoints).put_object(Bucket=RESULTS_BUCKET, Key=written, Body=body)
        return document


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    home, port = tmp_path_factory.mktemp("gateway"), free_port()
    endpoints = start("embedded", home, f"http://127.0.0.1:{port}/v1/notifications/s3", [Topic(UPLOADS)])
    migrate(endpoints.database)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in endpoints.environment().items():
            patch.setenv(name, value)
        server = make_server("127.0.0.1", port, build(GatewaySettings(), telemetry()), threaded=True)
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    yield Gateway(port, home, endpoints)
    server.shutdown()
    serving.join()
    server.server_close()
    stop(home)


def uploads_until(endpoints: Endpoints, key: str) -> set[str]:
    """The keys on pagebus.uploads, as soon as this one is among them."""
    consumer = Consumer({"bootstrap.servers": endpoints.kafka, "group.id": "test"})
    partitions = consumer.list_topics(UPLOADS, timeout=10).topics[UPLOADS].partitions
    consumer.assign([TopicPartition(UPLOADS, number, OFFSET_BEGINNING) for number in partitions])
    found: set[str] = set()
    until = time.monotonic() + 60
    while key not in found:
        assert time.monotonic() < until, "the upload did not reach the bus"
        record = consumer.poll(1)
        if record is not None and record.error() is None:
            assert record.key() is None
            found |= {spellings[0].key for spellings in read_notification(record.value() or b"")}
    consumer.close()
    return found


@pytest.mark.parametrize("key", KEYS)
def test_an_upload_reaches_the_bus_under_the_key_it_was_given(gateway: Gateway, key: str) -> None:
    buckets.client(gateway.endpoints).put_object(Bucket=UPLOADS_BUCKET, Key=key, Body=b"page")
    assert key in uploads_until(gateway.endpoints, key)


def test_a_long_text_comes_as_it_was_written(gateway: Gateway) -> None:
    document = gateway.completed(3, TEXT)
    status, headers, body = gateway.ask("GET", f"/v1/documents/{document}/text")
    assert (status, headers["Content-Type"], body) == (200, "text/plain; charset=utf-8", TEXT)


def test_the_headers_alone_say_how_long_the_text_is(gateway: Gateway) -> None:
    document = gateway.completed(1, TEXT)
    status, headers, body = gateway.ask("HEAD", f"/v1/documents/{document}/text")
    assert (status, headers["Content-Length"], body) == (200, str(len(TEXT)), b"")


def test_a_text_that_the_store_has_lost_is_gone(gateway: Gateway) -> None:
    document = gateway.completed(1, b"x")
    lost = f"documents/acme/{document}/document.txt"
    buckets.client(gateway.endpoints).delete_object(Bucket=RESULTS_BUCKET, Key=lost)
    status, headers, _ = gateway.ask("GET", f"/v1/documents/{document}/text")
    assert (status, headers["Content-Type"]) == (410, "application/problem+json")


def test_a_document_is_told_from_its_rows(gateway: Gateway) -> None:
    document = gateway.completed(2, b"x")
    status, _, body = gateway.ask("GET", f"/v1/documents/{document}?pages=true")
    told = json.loads(body)
    assert (status, told["document"], told["state"], told["key"]) == (
        200,
        str(document),
        "completed",
        "in/acme/Größe.png",
    )
    assert [page["page"] for page in told["page_list"]] == [1, 2]
    assert told["outputs"][0]["href"] == f"/v1/documents/{document}/text"
    assert "s3://" not in body.decode()


def test_an_unknown_document_is_not_found(gateway: Gateway) -> None:
    assert gateway.ask("GET", f"/v1/documents/{uuid4()}")[0] == 404


def test_a_database_that_is_down_is_an_answer_and_comes_back(gateway: Gateway) -> None:
    document = gateway.completed(1, b"x")
    stop_part(gateway.home, "postgres")
    try:
        status, headers, _ = gateway.ask("GET", f"/v1/documents/{document}")
    finally:
        start_part(gateway.home, "postgres")
    assert (status, headers["Content-Type"]) == (503, "application/problem+json")
    assert gateway.ask("GET", f"/v1/documents/{document}")[0] == 200

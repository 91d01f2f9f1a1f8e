"""The gateway with a real PostgreSQL and an S3 server that notifies it about uploads."""

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
from local.platform.lifecycle import start_platform, start_server_by_name, stop_platform, stop_server_by_name
from local.platform.state import find_free_port
from local.platform.topics import Topic
from tests.fakes import create_telemetry

KEYS = ("in/acme/Größe & b+c 100%.png", "in/acme/%2B+ +.png", "in/acme/" + "ü" * 100)
# Longer than one part that the gateway reads from the store.
TEXT = ("Größe: 5 Maß Öl, 12,50 €\n" * 100_000).encode()


@dataclass(frozen=True)
class Gateway:
    """A running gateway with its platform."""

    port: int
    home: Path
    endpoints: Endpoints

    def send_request(self, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def execute_sql(self, statement: str, *parameters: object) -> None:
        with psycopg.connect(self.endpoints.database) as connection:
            connection.execute(statement.encode(), parameters)

    def create_completed_document(self, pages: int, body: bytes) -> UUID:
        """Insert a completed document and upload its text. Return the document's id."""
        document = uuid4()
        key = f"documents/acme/{document}/document.txt"
        self.execute_sql(
            "INSERT INTO documents (document, tenant, bucket, key, etag, run, state, pages, recognized) "
            "VALUES (%s, 'acme', %s, 'in/acme/Größe.png', 'e', 0, 'completed', %s, %s)",
            *(document, UPLOADS_BUCKET, pages, pages),
        )
        self.execute_sql(
            "INSERT INTO pages (document, page, state, engine, confidence) "
            "SELECT %s, n, 'recognized', 'tesseract', 0.9 FROM generate_series(1, %s) n",
            *(document, pages),
        )
        dataref, media_type = f"s3://{RESULTS_BUCKET}/{key}", "text/plain; charset=utf-8"
        self.execute_sql(
            "INSERT INTO outputs VALUES (%s, 'text', %s, %s, %s)", document, dataref, media_type, len(body)
        )
        buckets.create_client(self.endpoints).put_object(Bucket=RESULTS_BUCKET, Key=key, Body=body)
        return document


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    home, port = tmp_path_factory.mktemp("gateway"), find_free_port()
    endpoints = start_platform("embedded", home, f"http://127.0.0.1:{port}/v1/notifications/s3", [Topic(UPLOADS)])
    migrate(endpoints.database)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in endpoints.as_environment().items():
            patch.setenv(name, value)
        server = make_server("127.0.0.1", port, build(GatewaySettings(), create_telemetry()), threaded=True)
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    yield Gateway(port, home, endpoints)
    server.shutdown()
    serving.join()
    server.server_close()
    stop_platform(home)


def read_upload_keys(endpoints: Endpoints, key: str) -> set[str]:
    """Return the keys of all records on pagebus.uploads, once this key is among them."""
    consumer = Consumer({"bootstrap.servers": endpoints.kafka, "group.id": "test"})
    partitions = consumer.list_topics(UPLOADS, timeout=10).topics[UPLOADS].partitions
    consumer.assign([TopicPartition(UPLOADS, number, OFFSET_BEGINNING) for number in partitions])
    keys: set[str] = set()
    deadline = time.monotonic() + 60
    while key not in keys:
        assert time.monotonic() < deadline, "the upload did not reach the bus"
        record = consumer.poll(1)
        if record is not None and record.error() is None:
            assert record.key() is None
            keys |= {candidates[0].key for candidates in read_notification(record.value() or b"")}
    consumer.close()
    return keys


@pytest.mark.parametrize("key", KEYS)
def test_upload_reaches_kafka_with_its_key(gateway: Gateway, key: str) -> None:
    buckets.create_client(gateway.endpoints).put_object(Bucket=UPLOADS_BUCKET, Key=key, Body=b"page")
    assert key in read_upload_keys(gateway.endpoints, key)


def test_long_text_is_complete(gateway: Gateway) -> None:
    document = gateway.create_completed_document(3, TEXT)
    status, headers, body = gateway.send_request("GET", f"/v1/documents/{document}/text")
    assert (status, headers["Content-Type"], body) == (200, "text/plain; charset=utf-8", TEXT)


def test_head_request_has_length_of_text(gateway: Gateway) -> None:
    document = gateway.create_completed_document(1, TEXT)
    status, headers, body = gateway.send_request("HEAD", f"/v1/documents/{document}/text")
    assert (status, headers["Content-Length"], body) == (200, str(len(TEXT)), b"")


def test_missing_text_gets_410(gateway: Gateway) -> None:
    document = gateway.create_completed_document(1, b"x")
    text_key = f"documents/acme/{document}/document.txt"
    buckets.create_client(gateway.endpoints).delete_object(Bucket=RESULTS_BUCKET, Key=text_key)
    status, headers, _ = gateway.send_request("GET", f"/v1/documents/{document}/text")
    assert (status, headers["Content-Type"]) == (410, "application/problem+json")


def test_document_has_values_of_its_rows(gateway: Gateway) -> None:
    document = gateway.create_completed_document(2, b"x")
    status, _, body = gateway.send_request("GET", f"/v1/documents/{document}?pages=true")
    document_json = json.loads(body)
    assert (status, document_json["document"], document_json["state"], document_json["key"]) == (
        200,
        str(document),
        "completed",
        "in/acme/Größe.png",
    )
    assert [page["page"] for page in document_json["page_list"]] == [1, 2]
    assert document_json["outputs"][0]["href"] == f"/v1/documents/{document}/text"
    assert "s3://" not in body.decode()


def test_unknown_document_gets_404(gateway: Gateway) -> None:
    assert gateway.send_request("GET", f"/v1/documents/{uuid4()}")[0] == 404


def test_unavailable_database_gets_503_until_it_returns(gateway: Gateway) -> None:
    document = gateway.create_completed_document(1, b"x")
    stop_server_by_name(gateway.home, "postgres")
    try:
        status, headers, _ = gateway.send_request("GET", f"/v1/documents/{document}")
    finally:
        start_server_by_name(gateway.home, "postgres")
    assert (status, headers["Content-Type"]) == (503, "application/problem+json")
    assert gateway.send_request("GET", f"/v1/documents/{document}")[0] == 200

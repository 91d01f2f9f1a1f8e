"""A started platform, a recorder of its S3 notifications, and clients of its servers."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import psycopg
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from local.platform import buckets
from local.platform.endpoints import Endpoints
from local.platform.lifecycle import find_running_platform, start_platform
from local.platform.state import PlatformKind, find_free_port
from local.platform.topics import Topic

TOPICS = (Topic("pagebus.uploads", 2), Topic("pagebus.outcomes", 3))
TIMEOUT_S = 30.0


@dataclass
class Recorder:
    """A fake gateway that stores the bodies of requests and calls `on_call` during each. It can be stopped."""

    port: int = field(default_factory=find_free_port)
    bodies: list[str] = field(default_factory=list)
    on_call: Callable[[str], None] = lambda _body: None
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/notifications/s3"

    def start(self) -> None:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                recorder.on_call(body)
                recorder.bodies.append(body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name in the base class
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@dataclass(frozen=True)
class PlatformUnderTest:
    kind: PlatformKind
    home: Path
    recorder: Recorder

    def start(self) -> Endpoints:
        return start_platform(self.kind, self.home, self.recorder.url, TOPICS)

    @property
    def endpoints(self) -> Endpoints:
        endpoints = find_running_platform(self.home)
        assert endpoints is not None
        return endpoints

    @property
    def s3(self) -> Any:
        return buckets.create_client(self.endpoints)

    def list_notified_keys(self) -> list[str]:
        """Return the decoded keys of all objects in the notifications until now."""
        if self.kind == "embedded":
            messages = [json.loads(json.loads(body)["Message"]) for body in self.recorder.bodies]
            return [unquote_plus(key) for message in messages for key in _get_keys(message)]
        records = read_topic(self.endpoints.kafka, "pagebus.uploads")
        return [key for record in records for key in _get_keys(json.loads(record.value() or b"{}"))]


def _get_keys(notification: dict[str, Any]) -> list[str]:
    return [record["s3"]["object"]["key"] for record in notification.get("Records", [])]


def wait_until(condition: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {TIMEOUT_S} s for {name}"
        time.sleep(0.05)


def produce_record(broker: str, topic: str, value: str, headers: dict[str, bytes]) -> None:
    producer = Producer({"bootstrap.servers": broker, "enable.idempotence": True, "linger.ms": 0})
    producer.produce(topic, value, headers=list(headers.items()))
    assert producer.flush(TIMEOUT_S) == 0


def read_topic(broker: str, topic: str) -> list[Message]:
    """Return every record that the topic has now."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "test", "enable.auto.commit": False})
    try:
        numbers = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions
        partitions = [TopicPartition(topic, number, 0) for number in numbers]
        expected = sum(consumer.get_watermark_offsets(partition, timeout=TIMEOUT_S)[1] for partition in partitions)
        consumer.assign(partitions)
        records: list[Message] = []
        while len(records) < expected:
            records += consumer.consume(expected - len(records), timeout=1.0)
        return records
    finally:
        consumer.close()


def execute_sql(endpoints: Endpoints, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(endpoints.database, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []

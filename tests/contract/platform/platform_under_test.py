"""A started platform, who listens to what its S3 tells, and what users do with it."""

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
from local.platform.lifecycle import running, start
from local.platform.state import Kind, free_port
from local.platform.topics import Topic

TOPICS = (Topic("pagebus.uploads", 2), Topic("pagebus.outcomes", 3))
PATIENCE_S = 30.0


@dataclass
class Recorder:
    """Stands for the gateway: keeps the bodies that it is sent, does `on_call` while it is called, and can be away."""

    port: int = field(default_factory=free_port)
    bodies: list[str] = field(default_factory=list)
    on_call: Callable[[str], None] = lambda _body: None
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/notifications/s3"

    def come(self) -> None:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                recorder.on_call(body)
                recorder.bodies.append(body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def go(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@dataclass(frozen=True)
class Started:
    kind: Kind
    home: Path
    recorder: Recorder

    def start(self) -> Endpoints:
        return start(self.kind, self.home, self.recorder.url, TOPICS)

    @property
    def endpoints(self) -> Endpoints:
        there = running(self.home)
        assert there is not None
        return there

    @property
    def s3(self) -> Any:
        return buckets.client(self.endpoints)

    def told_keys(self) -> list[str]:
        """Keys of all objects in notifications so far, decoded."""
        if self.kind == "embedded":
            messages = [json.loads(json.loads(body)["Message"]) for body in self.recorder.bodies]
            return [unquote_plus(key) for message in messages for key in _keys(message)]
        records = consume(self.endpoints.kafka, "pagebus.uploads")
        return [key for record in records for key in _keys(json.loads(record.value() or b"{}"))]


def _keys(notification: dict[str, Any]) -> list[str]:
    return [record["s3"]["object"]["key"] for record in notification.get("Records", [])]


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.05)


def produce(broker: str, topic: str, value: str, headers: dict[str, bytes]) -> None:
    producer = Producer({"bootstrap.servers": broker, "enable.idempotence": True, "linger.ms": 0})
    producer.produce(topic, value, headers=list(headers.items()))
    assert producer.flush(PATIENCE_S) == 0


def consume(broker: str, topic: str) -> list[Message]:
    """Every record that the topic holds now."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "test", "enable.auto.commit": False})
    try:
        found = consumer.list_topics(topic, timeout=PATIENCE_S).topics[topic].partitions
        partitions = [TopicPartition(topic, number, 0) for number in found]
        expected = sum(consumer.get_watermark_offsets(one, timeout=PATIENCE_S)[1] for one in partitions)
        consumer.assign(partitions)
        records: list[Message] = []
        while len(records) < expected:
            records += consumer.consume(expected - len(records), timeout=1.0)
        return records
    finally:
        consumer.close()


def sql(endpoints: Endpoints, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(endpoints.database, autocommit=True) as connection:
        done = connection.execute(statement.encode())
        return done.fetchall() if done.description else []

"""What end-to-end tests share: a running Pagebus, and clients of it that are not ours."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import urlopen
from uuid import uuid4

import boto3
import psycopg
import requests
from botocore.config import Config
from confluent_kafka import Consumer, Message, Producer
from psycopg.rows import DictRow, dict_row

from events.page import PageRequested
from events.states import ENDED
from local.cli.request import PRODUCT

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "local" / "samples"


def eventually(condition: Callable[[], T | None], *, within: float = 60, what: str = "the condition") -> T:
    """Wait until `condition` returns something true, and return that."""
    until = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not hold within {within} s; last seen: {found!r}")
        time.sleep(0.1)
    return found


def pagebus(*arguments: str, home: Path, timeout: float = 180) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would."""
    command = [str(Path(sys.executable).with_name("pagebus")), *arguments]
    environment = os.environ | {"PAGEBUS_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout, check=False)


@dataclass(frozen=True)
class Running:
    """A running Pagebus."""

    home: Path
    environment: dict[str, str]

    def s3(self) -> Any:
        """The AWS SDK, set up by `pagebus env` alone."""
        return boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environment["AWS_REGION"],
            config=Config(s3={"addressing_style": "path"}),
        )

    def upload(self, key: str, body: bytes, metadata: dict[str, str] | None = None) -> str:
        """Put an object; returns its etag without quotes."""
        put = self.s3().put_object(
            Bucket=self.environment["UPLOADS_BUCKET"], Key=key, Body=body, Metadata=metadata or {}
        )
        return str(put["ETag"]).strip('"')

    def requested(self, content: bytes, media_type: str, engine: str) -> PageRequested:
        """What asks an engine for the only page of a document, which is in the store from now on."""
        key = f"in/acme/{uuid4()}"
        return PageRequested(
            document=uuid4(),
            tenant="acme",
            bucket=self.environment["UPLOADS_BUCKET"],
            key=key,
            etag=self.upload(key, content),
            page=1,
            pages=1,
            sha256=sha256(content).hexdigest(),
            media_type=media_type,
            languages=("deu",),
            engine=engine,
            why="it was asked for",
            min_confidence=0.5,
            requested_at=datetime.now(UTC),
        )

    def rows(self, query: str, *parameters: object) -> list[DictRow]:
        """Ask PostgreSQL, as psql would."""
        with psycopg.connect(self.environment["DATABASE_URL"], row_factory=dict_row) as connection:
            return connection.execute(query, parameters).fetchall()

    def document(self, key: str) -> DictRow | None:
        """The only document under a key."""
        rows = self.rows("SELECT * FROM documents WHERE key = %s", key)
        assert len(rows) <= 1, f"{len(rows)} documents under one key"
        return rows[0] if rows else None

    def ended(self, key: str, *, within: float = 120) -> DictRow:
        """The document under a key, once it has ended."""

        def end() -> DictRow | None:
            row = self.document(key)
            return row if row and row["state"] in ENDED else None

        return eventually(end, within=within, what=f"an end of {key}")

    def produce(
        self, topic: str, value: bytes | None, headers: Mapping[str, str | bytes | None], key: str | None = None
    ) -> None:
        """Send a record as any Kafka client would."""
        producer = Producer({"bootstrap.servers": self.environment["KAFKA_BOOTSTRAP_SERVERS"]})
        producer.produce(topic, value, key, headers=list(headers.items()))
        assert producer.flush(30) == 0, "Kafka did not acknowledge"

    def records(self, topic: str) -> list[Message]:
        """Everything on a topic, from its beginning to its present end."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.environment["KAFKA_BOOTSTRAP_SERVERS"],
                "group.id": f"test-{uuid4()}",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        try:
            return list(_to_the_end(consumer, topic))
        finally:
            consumer.close()

    def said(self, topic: str, document: object) -> list[Message]:
        """What a topic holds about a document."""
        return [r for r in self.records(topic) if body(r).get("document") == str(document)]

    def state(self) -> dict[str, Any]:
        """The twin's own word on itself."""
        control = json.loads((self.home / "twin.json").read_text())["control"]
        with urlopen(f"{control}/state") as answer:  # noqa: S310  # the twin's own address
            return dict(json.load(answer))

    def function(self, name: str) -> dict[str, Any]:
        """One function's replicas and queue."""
        return next(dict(f) for f in self.state()["functions"] if f["name"] == name)

    def processes(self, name: str) -> list[int]:
        """The pids of a function's replicas: servers and workers, without their sandboxes."""
        listed = subprocess.run(["pgrep", "-f", f"functions.{name}.main"], capture_output=True, text=True, check=False)
        return [int(pid) for pid in listed.stdout.split() if self._is_ours(int(pid))]

    def kill(self, name: str) -> None:
        """End a function's replicas as a power cut would."""
        for pid in self.processes(name):
            os.kill(pid, signal.SIGKILL)

    def _is_ours(self, pid: int) -> bool:
        try:
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False
        return f"DATABASE_URL={self.environment['DATABASE_URL']}".encode() in variables


@contextmanager
def running(home: Path, platform: str, manifests: tuple[Path, ...] = PRODUCT) -> Iterator[Running]:
    """Bring Pagebus up in the background, and down."""
    folders = [argument for folder in manifests for argument in ("--manifests", str(folder))]
    try:
        up = pagebus("up", "--detach", "--platform", platform, *folders, home=home)
        assert up.returncode == 0, up.stdout + up.stderr
        yield Running(home, json.loads(pagebus("env", "--json", home=home).stdout))
    finally:
        down = pagebus("down", home=home)
    assert down.returncode == 0, down.stdout + down.stderr


def deliver(page: PageRequested, url: str, *, within: float) -> requests.Response:
    """Post a request to an engine as a source does, and wait so many seconds for the answer."""
    told = {"ce-specversion": "1.0", "ce-type": page.TYPE, "ce-id": str(page.id), "ce-source": "/pagebus/intake"}
    body, headers = page.model_dump_json(), {**told, "content-type": "application/json"}
    return requests.post(url, body, headers=headers, timeout=within)


def header(record: Message, name: str) -> str | None:
    """A record's header as text."""
    found = dict(record.headers() or []).get(name)
    return found.decode() if isinstance(found, bytes) else found


def body(record: Message) -> dict[str, Any]:
    """A record's JSON."""
    return dict(json.loads(record.value() or b"{}"))


def _to_the_end(consumer: Consumer, topic: str) -> Iterator[Message]:
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.subscribe([topic])
    ended: set[int] = set()
    until = time.monotonic() + 60
    while len(ended) < len(partitions):
        record = consumer.poll(1)
        assert time.monotonic() < until, f"{topic} was not read to its end"
        if record is None:
            continue
        error = record.error()
        if error is None:
            yield record
        elif error.name() == "_PARTITION_EOF":
            ended.add(record.partition() or 0)

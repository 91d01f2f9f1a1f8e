"""Helpers of end-to-end tests: a running Pagebus, and third-party clients that use it."""

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
from events.states import TERMINAL_STATES
from local.cli.stack.up_options import PRODUCT_MANIFESTS

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "local" / "samples"


def wait_for(condition: Callable[[], T | None], *, within: float = 60, what: str = "the condition") -> T:
    """Wait until `condition` returns a true value and return it. Raise AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not hold within {within} s; the last value was {value!r}")
        time.sleep(0.1)
    return value


def run_pagebus(*arguments: str, home: Path, timeout: float = 180) -> subprocess.CompletedProcess[str]:
    """Run the `pagebus` command with these arguments, as a user does."""
    command = [str(Path(sys.executable).with_name("pagebus")), *arguments]
    environment = os.environ | {"PAGEBUS_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout, check=False)


@dataclass(frozen=True)
class PagebusStack:
    """A running Pagebus: the twin and its platform. `environment` is the output of `pagebus env`."""

    home: Path
    environment: dict[str, str]

    def create_s3_client(self) -> Any:
        """Return an S3 client that uses only the settings of `pagebus env`."""
        return boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environment["AWS_REGION"],
            config=Config(s3={"addressing_style": "path"}),
        )

    def upload(self, key: str, body: bytes, metadata: dict[str, str] | None = None) -> str:
        """Upload an object and return its ETag without quotes."""
        put = self.create_s3_client().put_object(
            Bucket=self.environment["UPLOADS_BUCKET"], Key=key, Body=body, Metadata=metadata or {}
        )
        return str(put["ETag"]).strip('"')

    def create_request(self, content: bytes, media_type: str, engine: str) -> PageRequested:
        """Upload a document of one page, and return the request to an engine to read this page."""
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
            why="requested by a test",
            min_confidence=0.5,
            requested_at=datetime.now(UTC),
        )

    def query(self, query: str, *parameters: object) -> list[DictRow]:
        """Run an SQL query and return its rows."""
        with psycopg.connect(self.environment["DATABASE_URL"], row_factory=dict_row) as connection:
            return connection.execute(query, parameters).fetchall()

    def find_document(self, key: str) -> DictRow | None:
        """Return the row of the only document under a key, or None. Raise AssertionError if there are several."""
        rows = self.query("SELECT * FROM documents WHERE key = %s", key)
        assert len(rows) <= 1, f"{len(rows)} documents under one key"
        return rows[0] if rows else None

    def wait_for_end(self, key: str, *, within: float = 120) -> DictRow:
        """Wait until the document under a key is in a terminal state, and return its row."""

        def find_ended() -> DictRow | None:
            row = self.find_document(key)
            return row if row and row["state"] in TERMINAL_STATES else None

        return wait_for(find_ended, within=within, what=f"the end of {key}")

    def produce(
        self, topic: str, value: bytes | None, headers: Mapping[str, str | bytes | None], key: str | None = None
    ) -> None:
        """Publish a record and wait for its acknowledgement."""
        producer = Producer({"bootstrap.servers": self.environment["KAFKA_BOOTSTRAP_SERVERS"]})
        producer.produce(topic, value, key, headers=list(headers.items()))
        assert producer.flush(30) == 0, "Kafka did not acknowledge"

    def read_records(self, topic: str) -> list[Message]:
        """Return all records of a topic, up to its current end."""
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
            return list(_iterate_to_end(consumer, topic))
        finally:
            consumer.close()

    def read_document_records(self, topic: str, document: object) -> list[Message]:
        """Return the records of a topic about one document."""
        return [r for r in self.read_records(topic) if parse_body(r).get("document") == str(document)]

    def get_state(self) -> dict[str, Any]:
        """Return the state of the twin, from its control port."""
        control = json.loads((self.home / "twin.json").read_text())["control"]
        with urlopen(f"{control}/state") as response:  # noqa: S310  # the URL is the twin's own
            return dict(json.load(response))

    def get_function(self, name: str) -> dict[str, Any]:
        """Return the state of one function: its replicas and its queue."""
        return next(dict(f) for f in self.get_state()["functions"] if f["name"] == name)

    def list_processes(self, name: str) -> list[int]:
        """Return the pids of a function's replicas (servers and workers, but no sandboxes)."""
        listed = subprocess.run(["pgrep", "-f", f"functions.{name}.main"], capture_output=True, text=True, check=False)
        return [int(pid) for pid in listed.stdout.split() if self._uses_this_database(int(pid))]

    def kill(self, name: str) -> None:
        """Kill all replicas of a function with SIGKILL."""
        for pid in self.list_processes(name):
            os.kill(pid, signal.SIGKILL)

    def _uses_this_database(self, pid: int) -> bool:
        try:
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False
        return f"DATABASE_URL={self.environment['DATABASE_URL']}".encode() in variables


@contextmanager
def run_stack(home: Path, platform: str, manifests: tuple[Path, ...] = PRODUCT_MANIFESTS) -> Iterator[PagebusStack]:
    """Start Pagebus in the background, and stop it at the end of the context."""
    folders = [argument for folder in manifests for argument in ("--manifests", str(folder))]
    try:
        up = run_pagebus("up", "--detach", "--platform", platform, *folders, home=home)
        assert up.returncode == 0, up.stdout + up.stderr
        yield PagebusStack(home, json.loads(run_pagebus("env", "--json", home=home).stdout))
    finally:
        down = run_pagebus("down", home=home)
    assert down.returncode == 0, down.stdout + down.stderr


def deliver(page: PageRequested, url: str, *, within: float) -> requests.Response:
    """Post a page request to an engine as a source does, and return the answer. Wait `within` seconds for it."""
    attributes = {"ce-specversion": "1.0", "ce-type": page.TYPE, "ce-id": str(page.id), "ce-source": "/pagebus/intake"}
    body, headers = page.model_dump_json(), {**attributes, "content-type": "application/json"}
    return requests.post(url, body, headers=headers, timeout=within)


def get_header(record: Message, name: str) -> str | None:
    """Return a header of a record as text, or None."""
    value = dict(record.headers() or []).get(name)
    return value.decode() if isinstance(value, bytes) else value


def parse_body(record: Message) -> dict[str, Any]:
    """Return the JSON object in a record's value."""
    return dict(json.loads(record.value() or b"{}"))


def _iterate_to_end(consumer: Consumer, topic: str) -> Iterator[Message]:
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.subscribe([topic])
    ended: set[int] = set()
    deadline = time.monotonic() + 60
    while len(ended) < len(partitions):
        record = consumer.poll(1)
        assert time.monotonic() < deadline, f"{topic} was not read to its end"
        if record is None:
            continue
        error = record.error()
        if error is None:
            yield record
        elif error.name() == "_PARTITION_EOF":
            ended.add(record.partition() or 0)

"""The polling thread of a source: commits while partitions are revoked, and restarts after errors."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from structlog.testing import capture_logs

from local.manifests.eventing import KafkaSource
from local.twin.sources import poller as module
from local.twin.sources.broker import Broker
from local.twin.sources.poller import Poller
from local.twin.sources.records import Record

PARTITION = ("pages", 0)
REQUESTED_OFFSET, DONE_OFFSET = 5, 9
SOURCE = KafkaSource.model_validate(
    {
        "apiVersion": "sources.knative.dev/v1",
        "kind": "KafkaSource",
        "metadata": {"name": "s"},
        "spec": {
            "topics": ["pages"],
            "bootstrapServers": ["replaced:9092"],
            "consumerGroup": "group",
            "sink": {"uri": "http://127.0.0.1:9/"},
        },
    }
)


class Client:
    """A fake Kafka client: each poll runs the next step of the test. After the last step, polls do nothing."""

    def __init__(self, steps: Iterable[Callable[["Client"], None]]) -> None:
        self.steps = deque(steps)
        self.over = threading.Event()
        self.is_closed = False
        self.offsets: list[int] = []
        self.callbacks: dict[str, Callable[[Any, list[TopicPartition]], None]] = {}

    def subscribe(self, _topics: list[str], **callbacks: Callable[[Any, list[TopicPartition]], None]) -> None:
        self.callbacks = callbacks

    def poll(self, _seconds: float) -> None:
        if self.steps:
            self.steps.popleft()(self)
        else:
            self.over.set()

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition(*PARTITION)]

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:  # noqa: ARG002  # as Kafka's
        return partitions

    def commit(self, offsets: list[TopicPartition], *, asynchronous: bool) -> None:
        assert not asynchronous
        self.offsets.extend(found.offset for found in offsets)

    def get_watermark_offsets(self, _partition: TopicPartition, *, cached: bool) -> tuple[int, int]:
        assert cached
        return 0, 0

    def resume(self, _partitions: list[TopicPartition]) -> None: ...

    def close(self) -> None:
        self.is_closed = True


class Receiver:
    """A receiver that requests a commit just before its partition is revoked, and then returns a higher offset."""

    poller: Poller

    def __init__(self) -> None:
        self.revocations = 0

    def on_assigned(self, partitions: Sequence[tuple[str, int]]) -> None: ...

    def on_records(self, records: Sequence[Record]) -> None: ...

    def on_records_lost(self, records: int) -> None: ...

    async def on_revoked(self, _partitions: Sequence[tuple[str, int]], _patience: float) -> dict[tuple[str, int], int]:
        self.revocations += 1
        if self.revocations > 1:
            return {}
        self.poller.commit({PARTITION: REQUESTED_OFFSET}, lambda: None)
        return {PARTITION: DONE_OFFSET}


def test_commit_requested_before_revocation_is_dropped_after_reassignment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def revoke_and_reassign(client: Client) -> None:
        partitions = [TopicPartition(*PARTITION)]
        client.callbacks["on_revoke"](client, partitions)
        client.callbacks["on_assign"](client, partitions)

    async def scene() -> None:
        receiver = Receiver()
        receiver.poller = Poller(SOURCE, Broker("nowhere:9092", is_embedded=False), receiver)
        receiver.poller.start()
        assert await asyncio.to_thread(client.over.wait, 5)
        await receiver.poller.stop()

    client = Client([revoke_and_reassign])
    monkeypatch.setattr(module, "Consumer", lambda _settings: client)
    asyncio.run(scene())
    assert client.offsets == [DONE_OFFSET]


def assign(client: Client) -> None:
    client.callbacks["on_assign"](client, [TopicPartition(*PARTITION)])


def fail(_client: Client) -> None:
    raise RuntimeError("broken")


def test_failed_consumer_is_reported_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver, failures = Receiver(), list[str | None]()
    failing, replacement = Client([assign, fail]), Client([lambda _: failures.append(receiver.poller.failure), assign])
    clients = iter([failing, replacement])
    monkeypatch.setattr(module, "Consumer", lambda _settings: next(clients))
    monkeypatch.setattr(module, "_RESTART_SECONDS", 0.01)

    async def scene() -> None:
        receiver.poller = poller = Poller(SOURCE, Broker("nowhere:9092", is_embedded=False), receiver)
        poller.start()
        assert await asyncio.to_thread(replacement.over.wait, 5)
        assert (poller.failure, poller.is_assigned) == (None, True)
        await poller.stop()

    with capture_logs() as logs:
        asyncio.run(scene())
    assert failures == ["its Kafka consumer failed: RuntimeError: broken"]
    assert failing.is_closed
    assert receiver.revocations == 2  # after the failure and at the end
    [error] = [entry for entry in logs if entry["log_level"] == "error"]
    assert (error["event"], error["source"]) == ("source.poller_failed", "s")


def test_poller_stops_while_it_waits_to_replace_its_consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client([fail])
    monkeypatch.setattr(module, "Consumer", lambda _settings: client)
    monkeypatch.setattr(module, "_RESTART_SECONDS", 600)

    async def scene() -> None:
        poller = Poller(SOURCE, Broker("nowhere:9092", is_embedded=False), Receiver())
        poller.start()
        while poller.failure is None:  # noqa: ASYNC110  # the thread sets no event
            await asyncio.sleep(0.01)
        async with asyncio.timeout(30):
            await poller.stop()

    with capture_logs():
        asyncio.run(scene())
    assert client.is_closed

"""The thread that polls: what the loop asks of it while partitions come and go."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from confluent_kafka import TopicPartition

from local.manifests.eventing import KafkaSource
from local.twin.sources import consumer as module
from local.twin.sources.broker import Broker
from local.twin.sources.consumer import Poller
from local.twin.sources.records import Record

PARTITION = ("pages", 0)
ASKED_FOR, DONE_SINCE = 5, 9
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
    """In the place of Kafka's: polls do what the test has written down, then nothing."""

    def __init__(self, steps: Iterable[Callable[["Client"], None]]) -> None:
        self.steps = deque(steps)
        self.over = threading.Event()
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

    def close(self) -> None: ...


class Receiver:
    """Has asked for a commit just before its partition goes, and has come further since."""

    poller: Poller

    def __init__(self) -> None:
        self.given_back = 0

    def assigned(self, partitions: Sequence[tuple[str, int]]) -> None: ...

    def received(self, records: Sequence[Record]) -> None: ...

    def never_to_come(self, records: int) -> None: ...

    async def revoked(self, _partitions: Sequence[tuple[str, int]], _patience: float) -> dict[tuple[str, int], int]:
        self.given_back += 1
        if self.given_back > 1:
            return {}
        self.poller.commit({PARTITION: ASKED_FOR}, lambda: None)
        return {PARTITION: DONE_SINCE}


def test_a_commit_that_was_asked_for_before_partitions_went_is_not_made_when_they_are_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def goes_and_comes_back(client: Client) -> None:
        there = [TopicPartition(*PARTITION)]
        client.callbacks["on_revoke"](client, there)
        client.callbacks["on_assign"](client, there)

    async def scene() -> None:
        receiver = Receiver()
        receiver.poller = Poller(SOURCE, Broker("nowhere:9092", embedded=False), receiver)
        receiver.poller.start()
        assert await asyncio.to_thread(client.over.wait, 5)
        await receiver.poller.stop()

    client = Client([goes_and_comes_back])
    monkeypatch.setattr(module, "Consumer", lambda _settings: client)
    asyncio.run(scene())
    assert client.offsets == [DONE_SINCE]

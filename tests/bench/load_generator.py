"""Upload documents, and observe when they end."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from events.catalogue import TYPE_PREFIX
from tests.kit import PagebusStack, get_header, parse_body

T = TypeVar("T")

COMPLETED = "document.completed"
_ENDS = (COMPLETED, "document.failed", "document.rejected")
_TIMEOUT_S = 120


@dataclass(frozen=True)
class ObservedEvent:
    """An event with its times in seconds: `received_at` is monotonic, `sent_at` counts from 1970."""

    kind: str
    received_at: float
    sent_at: float
    body: Mapping[str, Any]


class EventWatch:
    """The first event of each kind and object key since the watch started."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, str], ObservedEvent] = {}
        self._changed = threading.Condition()

    def add(self, event: ObservedEvent) -> None:
        with self._changed:
            self._events.setdefault((event.kind, str(event.body.get("key"))), event)
            self._changed.notify_all()

    def wait_for_event(self, kind: str, key: str, *, within: float = _TIMEOUT_S) -> ObservedEvent:
        """Wait for the first event of a kind about an object and return it. Raise AssertionError if none comes."""
        return self._wait(lambda: self._events.get((kind, key)), within, f"{kind} of {key}")

    def wait_for_end(self, keys: Sequence[str], *, within: float = _TIMEOUT_S) -> ObservedEvent:
        """Wait for the first end of any of these documents and return it.

        Raise AssertionError if the document was not read, because the measurement is then invalid.
        """
        end = self._wait(lambda: self._find_end(keys), within, "the end of a document")
        if end.kind != COMPLETED:
            raise AssertionError(f"{end.kind} of {end.body['key']}: {end.body.get('message')}")
        return end

    def _find_end(self, keys: Sequence[str]) -> ObservedEvent | None:
        return next((event for key in keys for kind in _ENDS if (event := self._events.get((kind, key)))), None)

    def _wait(self, condition: Callable[[], T | None], within: float, what: str) -> T:
        with self._changed:
            value = self._changed.wait_for(condition, within)
        if not value:
            raise AssertionError(f"No event within {within:.0f} s: {what}.")
        return value


@contextmanager
def watch_topics(stack: PagebusStack, *topics: str) -> Iterator[EventWatch]:
    """Yield a watch of the records that these topics receive from now on."""
    watch, stopped = EventWatch(), threading.Event()
    consumer = _create_consumer_at_end(stack.environment["KAFKA_BOOTSTRAP_SERVERS"], topics)

    def poll() -> None:
        while not stopped.is_set():
            if (record := consumer.poll(0.1)) is not None and not record.error():
                watch.add(_parse_record(record))

    thread = threading.Thread(target=poll, name="watch")
    thread.start()
    try:
        yield watch
    finally:
        stopped.set()
        thread.join()
        consumer.close()


@dataclass(frozen=True)
class LoadResult:
    """Monotonic times of the first upload, and of the ends of all documents in order."""

    started_at: float
    ended_at: tuple[float, ...]

    def compute_rate(self, lead: int, count: int) -> float:
        """Return ended documents per second, for the `count` documents after the first `lead` ones."""
        return count / (self.ended_at[lead + count - 1] - self.ended_at[lead - 1])


def run_load(
    stack: PagebusStack,
    watch: EventWatch,
    documents: Sequence[tuple[str, bytes]],
    *,
    in_flight: int,
    within: float = _TIMEOUT_S,
) -> LoadResult:
    """Upload documents, given as keys and contents, and wait until all are completed.

    `in_flight` is the number of documents that are processed at the same time. Raise AssertionError if a document is
    not read, or if no document ends within `within` seconds.
    """
    store, bucket = stack.create_s3_client(), stack.environment["UPLOADS_BUCKET"]
    started_at, ends, waiting = time.monotonic(), [], list(documents)
    open_keys: list[str] = []
    while waiting or open_keys:
        while waiting and len(open_keys) < in_flight:
            key, content = waiting.pop(0)
            store.put_object(Bucket=bucket, Key=key, Body=content)
            open_keys.append(key)
        ended = watch.wait_for_end(open_keys, within=within)
        open_keys.remove(str(ended.body["key"]))
        ends.append(ended.received_at)
    return LoadResult(started_at, tuple(sorted(ends)))


def _create_consumer_at_end(servers: str, topics: Sequence[str]) -> Consumer:
    """Return a consumer at the end of all partitions. It joins no group, so it starts without a rebalance."""
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "bench", "enable.auto.commit": False})
    partitions = [
        TopicPartition(topic, number)
        for topic in topics
        for number in consumer.list_topics(topic, timeout=10).topics[topic].partitions
    ]
    for partition in partitions:
        _, end = consumer.get_watermark_offsets(partition, timeout=10)
        partition.offset = end or OFFSET_BEGINNING
    consumer.assign(partitions)
    return consumer


def _parse_record(record: Message) -> ObservedEvent:
    kind = (get_header(record, "ce_type") or "").removeprefix(TYPE_PREFIX).removesuffix(".v1")
    return ObservedEvent(kind, time.monotonic(), record.timestamp()[1] / 1000, parse_body(record))

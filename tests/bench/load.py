"""Handing documents in, and hearing when they have ended."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from events.catalogue import OURS
from tests.kit import Running, body, header

T = TypeVar("T")

COMPLETED = "document.completed"
_ENDS = (COMPLETED, "document.failed", "document.rejected")
_PATIENCE_S = 120


@dataclass(frozen=True)
class Seen:
    """An event: when it came here (monotonic), and when it was sent (since 1970), in seconds."""

    kind: str
    at: float
    sent: float
    body: Mapping[str, Any]


class Watch:
    """What topics have brought since the watch began, by kind and object key."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Seen] = {}
        self._changed = threading.Condition()

    def take(self, seen: Seen) -> None:
        with self._changed:
            self._seen.setdefault((seen.kind, str(seen.body.get("key"))), seen)
            self._changed.notify_all()

    def event(self, kind: str, key: str, *, within: float = _PATIENCE_S) -> Seen:
        """The first of this kind about this object, as soon as it is there."""
        return self._until(lambda: self._seen.get((kind, key)), within, f"{kind} of {key}")

    def end(self, keys: Sequence[str], *, within: float = _PATIENCE_S) -> Seen:
        """The first end of any of these objects; a document that was not read spoils the measuring."""
        found = self._until(lambda: self._end(keys), within, "an end of a document")
        if found.kind != COMPLETED:
            raise AssertionError(f"{found.kind} of {found.body['key']}: {found.body.get('message')}")
        return found

    def _end(self, keys: Sequence[str]) -> Seen | None:
        return next((found for key in keys for kind in _ENDS if (found := self._seen.get((kind, key)))), None)

    def _until(self, condition: Callable[[], T | None], within: float, what: str) -> T:
        with self._changed:
            found = self._changed.wait_for(condition, within)
        if not found:
            raise AssertionError(f"there was no {what} within {within:.0f} s")
        return found


@contextmanager
def watching(system: Running, *topics: str) -> Iterator[Watch]:
    """Hear what these topics bring from now on."""
    watch, enough = Watch(), threading.Event()
    consumer = _from_now_on(system.environment["KAFKA_BOOTSTRAP_SERVERS"], topics)

    def hear() -> None:
        while not enough.is_set():
            if (record := consumer.poll(0.1)) is not None and not record.error():
                watch.take(_seen(record))

    thread = threading.Thread(target=hear, name="watch")
    thread.start()
    try:
        yield watch
    finally:
        enough.set()
        thread.join()
        consumer.close()


@dataclass(frozen=True)
class Pumped:
    """Monotonic times: of the first upload, and of the ends in order."""

    begun: float
    ends: tuple[float, ...]

    def rate(self, lead: int, count: int) -> float:
        """Ends per second, from the `lead`th on, over `count` of them."""
        return count / (self.ends[lead + count - 1] - self.ends[lead - 1])


def pump(
    system: Running,
    watch: Watch,
    documents: Sequence[tuple[str, bytes]],
    *,
    under_way: int,
    within: float = _PATIENCE_S,
) -> Pumped:
    """Upload keys with their bytes, so many at a time as are to be under way, until all have been completed.

    Raises AssertionError for one that was not read, and when none ends `within` so many seconds.
    """
    store, bucket = system.s3(), system.environment["UPLOADS_BUCKET"]
    begun, ends, waiting = time.monotonic(), [], list(documents)
    open_: list[str] = []
    while waiting or open_:
        while waiting and len(open_) < under_way:
            key, content = waiting.pop(0)
            store.put_object(Bucket=bucket, Key=key, Body=content)
            open_.append(key)
        ended = watch.end(open_, within=within)
        open_.remove(str(ended.body["key"]))
        ends.append(ended.at)
    return Pumped(begun, tuple(sorted(ends)))


def _from_now_on(servers: str, topics: Sequence[str]) -> Consumer:
    """Without a group: there is nothing to share, and nothing to wait for."""
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


def _seen(record: Message) -> Seen:
    kind = (header(record, "ce_type") or "").removeprefix(OURS).removesuffix(".v1")
    return Seen(kind, time.monotonic(), record.timestamp()[1] / 1000, body(record))

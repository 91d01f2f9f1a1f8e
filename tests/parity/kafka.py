"""Kafka in parity tests: topics, records, and committed offsets of groups."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from local.platform import topics
from local.platform.topics import Topic

_SECONDS = 15.0


@dataclass(frozen=True)
class RecordToSend:
    """A record to produce; `timestamp` is in milliseconds since 1970, or 0 for now."""

    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    key: bytes | None = None
    partition: int = 0
    timestamp: int = 0
    topic: str = ""


def load_recorded(record: Mapping[str, Any]) -> RecordToSend:
    """Return a record from its recorded form."""
    headers = tuple((name, _decode(encoded)) for name, _, encoded in record["headers"])
    key, value = _decode(record["key_b64"]), _decode(record["value_b64"])
    return RecordToSend(value, headers, key, record["partition"], record["timestamp_ms"])


def build_event(name: str, value: bytes | None = b"{}", *, partition: int = 0, **more: str) -> RecordToSend:
    """Return a CloudEvent in binary mode; `more` are further attributes."""
    attributes = {"specversion": "1.0", "id": name, "type": "t", "source": "/s", **more}
    headers = [(f"ce_{attribute}", text.encode()) for attribute, text in attributes.items()]
    return RecordToSend(value, (*headers, ("content-type", b"application/json")), partition=partition)


def create_topics(servers: str, wanted: Mapping[str, int]) -> None:
    """Create topics with the given numbers of partitions."""
    topics.ensure_topics(servers, [Topic(name, partitions) for name, partitions in wanted.items()])


def produce(servers: str, topic: str, records: Iterable[RecordToSend]) -> None:
    """Produce records one after the other, so that each partition has them in this order."""
    producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True, "linger.ms": 0})
    for record in records:
        producer.produce(
            record.topic or topic,
            record.value,
            record.key,
            record.partition,
            headers=list(record.headers),
            timestamp=record.timestamp,
        )
    assert producer.flush(_SECONDS) == 0, "Kafka did not acknowledge"


class Group:
    """The committed offsets of a consumer group, read without joining it."""

    def __init__(self, servers: str, name: str) -> None:
        self._consumer = Consumer({"bootstrap.servers": servers, "group.id": name, "enable.auto.commit": False})

    def load_committed(self, topic: str) -> dict[int, int]:
        """Return the committed offsets by partition, without partitions that have none."""
        partitions = self._consumer.list_topics(topic, timeout=_SECONDS).topics[topic].partitions
        found = self._consumer.committed([TopicPartition(topic, number) for number in partitions], timeout=_SECONDS)
        return {one.partition: one.offset for one in found if one.offset >= 0}

    def close(self) -> None:
        self._consumer.close()


def load_records(servers: str, topic: str) -> list[Message]:
    """Return all records of a topic, partition by partition."""
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "parity-reader", "enable.auto.commit": False})
    try:
        found: list[Message] = []
        for number in consumer.list_topics(topic, timeout=_SECONDS).topics[topic].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=_SECONDS)
            consumer.assign([TopicPartition(topic, number, low)])
            found += consumer.consume(high - low, _SECONDS) if high > low else []
        return found
    finally:
        consumer.close()


def _decode(encoded: str | None) -> bytes | None:
    return None if encoded is None else base64.b64decode(encoded)

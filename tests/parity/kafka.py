"""Kafka as the tests see it: topics, records, and how far a group has come."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from local.platform import topics
from local.platform.topics import Topic

_SECONDS = 15.0


@dataclass(frozen=True)
class Sent:
    """A record to be produced; `timestamp` in milliseconds since 1970, 0 for now."""

    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    key: bytes | None = None
    partition: int = 0
    timestamp: int = 0
    topic: str = ""


def recorded(record: Mapping[str, Any]) -> Sent:
    """A record as a recording holds it."""
    headers = tuple((name, _bytes(encoded)) for name, _, encoded in record["headers"])
    key, value = _bytes(record["key_b64"]), _bytes(record["value_b64"])
    return Sent(value, headers, key, record["partition"], record["timestamp_ms"])


def event(name: str, value: bytes | None = b"{}", *, partition: int = 0, **more: str) -> Sent:
    """A CloudEvent in binary mode; `more` are further attributes."""
    attributes = {"specversion": "1.0", "id": name, "type": "t", "source": "/s", **more}
    headers = [(f"ce_{attribute}", text.encode()) for attribute, text in attributes.items()]
    return Sent(value, (*headers, ("content-type", b"application/json")), partition=partition)


def make(servers: str, wanted: Mapping[str, int]) -> None:
    """Topics with so many partitions."""
    topics.provide(servers, [Topic(name, partitions) for name, partitions in wanted.items()])


def produce(servers: str, topic: str, records: Iterable[Sent]) -> None:
    """One after the other, so that each partition has them in this order."""
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
    """How far a consumer group has come, without being a member of it."""

    def __init__(self, servers: str, name: str) -> None:
        self._consumer = Consumer({"bootstrap.servers": servers, "group.id": name, "enable.auto.commit": False})

    def committed(self, topic: str) -> dict[int, int]:
        """By partition; partitions without a committed offset are left out."""
        partitions = self._consumer.list_topics(topic, timeout=_SECONDS).topics[topic].partitions
        found = self._consumer.committed([TopicPartition(topic, number) for number in partitions], timeout=_SECONDS)
        return {one.partition: one.offset for one in found if one.offset >= 0}

    def close(self) -> None:
        self._consumer.close()


def held(servers: str, topic: str) -> list[Message]:
    """Every record of a topic, partition by partition."""
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


def _bytes(encoded: str | None) -> bytes | None:
    return None if encoded is None else base64.b64decode(encoded)

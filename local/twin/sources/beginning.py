"""Where a source begins that reads only what is new: at the moment the twin is up, not when its group has gathered.

As eventing-kafka-broker's InitOffsets does before a KafkaSource is ready (control-plane/pkg/kafka/offset).
"""

from collections.abc import Iterable

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from local.manifests.eventing import KafkaSource

log = structlog.get_logger()

# A new broker first makes the topic in which it keeps offsets.
_ANSWER_SECONDS = 15.0


def settle(sources: Iterable[KafkaSource], servers: str) -> None:
    """Commit the end of each partition that a group of a `latest` source has no offset of."""
    for source in sources:
        if source.spec.initial_offset == "latest":
            _settle(source, servers)


def _settle(source: KafkaSource, servers: str) -> None:
    group = {"bootstrap.servers": servers, "group.id": source.spec.consumer_group, "enable.auto.commit": False}
    consumer = Consumer(group)
    try:
        new = [partition for topic in source.spec.topics for partition in _without_offset(consumer, topic)]
        if new:
            consumer.commit(offsets=[_end(consumer, partition) for partition in new], asynchronous=False)
    except KafkaException as error:
        # Members of a killed twin may still be in the group; its offsets are then as that twin left them.
        log.warning("source.beginning_not_settled", source=source.metadata.name, reason=str(error))
    finally:
        consumer.close()


def _without_offset(consumer: Consumer, topic: str) -> list[TopicPartition]:
    numbers = consumer.list_topics(topic, timeout=_ANSWER_SECONDS).topics[topic].partitions
    wanted = [TopicPartition(topic, number) for number in numbers]
    known = consumer.committed(wanted, timeout=_ANSWER_SECONDS) if wanted else []
    return [found for found in known if found.offset < 0 and not found.error]


def _end(consumer: Consumer, partition: TopicPartition) -> TopicPartition:
    _, end = consumer.get_watermark_offsets(partition, timeout=_ANSWER_SECONDS)
    return TopicPartition(partition.topic, partition.partition, end)

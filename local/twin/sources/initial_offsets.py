"""Initial offsets of sources that start at `latest`: the end of each partition when the twin starts.

Without them, records that arrive before the consumer group is complete would be skipped. eventing-kafka-broker's
InitOffsets does the same before a KafkaSource is ready (control-plane/pkg/kafka/offset).
"""

from collections.abc import Iterable

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from local.manifests.eventing import KafkaSource

log = structlog.get_logger()

# A new broker first creates its topic for offsets.
_ANSWER_SECONDS = 15.0


def commit_initial_offsets(sources: Iterable[KafkaSource], servers: str) -> None:
    """Commit the end of each partition for which the group of a `latest` source has no offset."""
    for source in sources:
        if source.spec.initial_offset == "latest":
            _commit_for_source(source, servers)


def _commit_for_source(source: KafkaSource, servers: str) -> None:
    group = {"bootstrap.servers": servers, "group.id": source.spec.consumer_group, "enable.auto.commit": False}
    consumer = Consumer(group)
    try:
        new = [partition for topic in source.spec.topics for partition in _list_uncommitted(consumer, topic)]
        if new:
            consumer.commit(offsets=[_get_end(consumer, partition) for partition in new], asynchronous=False)
    except KafkaException as error:
        # Members of a killed twin may still be in the group. That twin has already committed the initial offsets.
        log.warning("source.initial_offsets_not_committed", source=source.metadata.name, reason=str(error))
    finally:
        consumer.close()


def _list_uncommitted(consumer: Consumer, topic: str) -> list[TopicPartition]:
    numbers = consumer.list_topics(topic, timeout=_ANSWER_SECONDS).topics[topic].partitions
    wanted = [TopicPartition(topic, number) for number in numbers]
    known = consumer.committed(wanted, timeout=_ANSWER_SECONDS) if wanted else []
    return [found for found in known if found.offset < 0 and not found.error]


def _get_end(consumer: Consumer, partition: TopicPartition) -> TopicPartition:
    _, end = consumer.get_watermark_offsets(partition, timeout=_ANSWER_SECONDS)
    return TopicPartition(partition.topic, partition.partition, end)

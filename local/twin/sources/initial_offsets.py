"""Initial offsets of sources that start at `latest`: the end of each partition when the twin starts.

Without initial offsets, the group would skip records that arrive before its first assignment. eventing-kafka-broker's
InitOffsets does the same before a KafkaSource is ready (control-plane/pkg/kafka/offset).
"""

from collections.abc import Iterable

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from local.manifests.eventing import KafkaSource

log = structlog.get_logger()

# The timeout of each request. A new broker may respond late, because it first creates its topic for offsets.
_REQUEST_SECONDS = 15.0


def commit_initial_offsets(sources: Iterable[KafkaSource], servers: str) -> None:
    """Commit the end of each partition for which the group of a `latest` source has no offset."""
    for source in sources:
        if source.spec.initial_offset == "latest":
            _commit_for_source(source, servers)


def _commit_for_source(source: KafkaSource, servers: str) -> None:
    settings = {"bootstrap.servers": servers, "group.id": source.spec.consumer_group, "enable.auto.commit": False}
    consumer = Consumer(settings)
    try:
        uncommitted = [partition for topic in source.spec.topics for partition in _list_uncommitted(consumer, topic)]
        if uncommitted:
            consumer.commit(offsets=[_get_end(consumer, partition) for partition in uncommitted], asynchronous=False)
    except KafkaException as error:
        # Kafka refuses the commit while members of a killed twin are in the group. It is not needed then: the killed
        # twin has committed initial offsets before its members joined.
        log.warning("source.initial_offsets_not_committed", source=source.metadata.name, reason=str(error))
    finally:
        consumer.close()


def _list_uncommitted(consumer: Consumer, topic: str) -> list[TopicPartition]:
    numbers = consumer.list_topics(topic, timeout=_REQUEST_SECONDS).topics[topic].partitions
    partitions = [TopicPartition(topic, number) for number in numbers]
    committed = consumer.committed(partitions, timeout=_REQUEST_SECONDS) if partitions else []
    return [partition for partition in committed if partition.offset < 0 and not partition.error]


def _get_end(consumer: Consumer, partition: TopicPartition) -> TopicPartition:
    _, end = consumer.get_watermark_offsets(partition, timeout=_REQUEST_SECONDS)
    return TopicPartition(partition.topic, partition.partition, end)

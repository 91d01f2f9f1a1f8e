"""Makes the topics that KafkaTopic resources ask for."""

from collections.abc import Iterable

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from local.twin.cluster import KafkaTopic

log = structlog.get_logger()

_SECONDS = 15.0
_EMBEDDED = "mockCluster"  # how the id of librdkafka's own broker begins


def make(topics: Iterable[KafkaTopic], servers: str) -> None:
    """Ask for every topic that is missing; raises KafkaException when the broker does not answer."""
    admin = AdminClient({"bootstrap.servers": servers})
    metadata = admin.list_topics(timeout=_SECONDS)
    wanted = [topic for topic in topics if topic.topic not in metadata.topics]
    if not wanted:
        return
    if (metadata.cluster_id or "").startswith(_EMBEDDED):
        _touch(wanted, servers)
        return
    made = admin.create_topics([_new(topic, len(metadata.brokers)) for topic in wanted], request_timeout=_SECONDS)
    for name, outcome in made.items():
        try:
            outcome.result()
        except KafkaException as error:
            # Another twin may have been faster.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                log.warning("topic.not_made", topic=name, reason=error.args[0].str())


def _new(topic: KafkaTopic, brokers: int) -> NewTopic:
    replicas = min(topic.spec.replicas, brokers)
    config = {name: _text(value) for name, value in topic.spec.config.items()}
    if replicas < topic.spec.replicas:
        # With fewer brokers than the manifest counts on, its minimum could never be met.
        config.pop("min.insync.replicas", None)
    return NewTopic(topic.topic, topic.spec.partitions, replicas, config=config)


def _text(value: str | int | bool) -> str:  # noqa: FBT001  # a value of YAML
    return str(value).lower() if isinstance(value, bool) else str(value)


def _touch(topics: Iterable[KafkaTopic], servers: str) -> None:
    """Have librdkafka's own broker make topics: it answers no CreateTopics, but has what a producer asks for."""
    producer = Producer({"bootstrap.servers": servers})
    for topic in topics:
        producer.list_topics(topic.topic, timeout=_SECONDS)
    log.info("topics.left_to_the_broker", topics=[topic.topic for topic in topics])

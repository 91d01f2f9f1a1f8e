"""Topics of a broker. The embedded broker creates a topic when a client requests the metadata of the topic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

# This timeout is short, because callers that wait for a broker retry.
ANSWER_TIMEOUT_S = 2.0
# The cluster id of librdkafka's mock broker starts with this.
_EMBEDDED_ID_PREFIX = "mockCluster"
_MIN_IN_SYNC_REPLICAS = "min.insync.replicas"


@dataclass(frozen=True)
class Topic:
    """A topic to create. `config` has the names and values of Kafka's topic settings."""

    name: str
    partitions: int = 1
    replicas: int = 1
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClusterMetadata:
    """Kafka's cluster metadata: host and port of each broker, and the number of partitions of each topic."""

    brokers: tuple[tuple[str, int], ...]
    partitions: Mapping[str, int]
    is_embedded: bool


def check_broker(broker: str) -> None:
    """Raise KafkaException if the broker does not answer."""
    _create_client(broker).list_topics(timeout=ANSWER_TIMEOUT_S)


def load_cluster_metadata(broker: str, timeout_s: float = ANSWER_TIMEOUT_S) -> ClusterMetadata:
    """Return the metadata of the broker's cluster. Raise KafkaException if the broker does not answer."""
    metadata = _create_client(broker).list_topics(timeout=timeout_s)
    return ClusterMetadata(
        brokers=tuple((str(member.host), int(member.port or 0)) for member in metadata.brokers.values()),
        partitions={name: len(topic.partitions) for name, topic in metadata.topics.items()},
        is_embedded=_is_embedded(metadata.cluster_id),
    )


def ensure_topics(broker: str, topics: Iterable[Topic]) -> None:
    """Create the topics that the broker lacks. Raise KafkaException if it does not answer or refuses a topic."""
    for refusal in create_missing_topics(broker, topics).values():
        raise refusal


def find_missing_topics(broker: str, topics: Iterable[Topic], timeout_s: float = ANSWER_TIMEOUT_S) -> list[Topic]:
    """Return the topics that the broker lacks. Raise KafkaException if it does not answer."""
    existing = _create_client(broker).list_topics(timeout=timeout_s).topics
    return [topic for topic in topics if topic.name not in existing]


def create_missing_topics(
    broker: str, topics: Iterable[Topic], timeout_s: float = ANSWER_TIMEOUT_S
) -> dict[str, KafkaException]:
    """Create the topics that the broker lacks, and return the errors of refused topics by topic name.

    Raise KafkaException if the broker does not answer.
    """
    client = _create_client(broker)
    metadata = client.list_topics(timeout=timeout_s)
    missing = [topic for topic in topics if topic.name not in metadata.topics]
    if _is_embedded(metadata.cluster_id):
        for topic in missing:
            # The mock broker does not support CreateTopics, but it creates a topic when a client requests its metadata.
            client.list_topics(topic.name, timeout=timeout_s)
        return {}
    return _create_topics(client, [_build_new_topic(topic, len(metadata.brokers)) for topic in missing])


def delete_topics(broker: str, names: Iterable[str], timeout_s: float = ANSWER_TIMEOUT_S) -> list[str]:
    """Delete topics and all their records from a real broker, and return the names of the deleted topics.

    Raise KafkaException if the broker does not answer or refuses a deletion.
    """
    client = _create_client(broker)
    topics = client.list_topics(timeout=timeout_s).topics
    existing = sorted(name for name in names if name in topics)
    for deletion in (client.delete_topics(existing) if existing else {}).values():
        deletion.result()
    return existing


def _create_topics(client: AdminClient, topics: Sequence[NewTopic]) -> dict[str, KafkaException]:
    refusals = {}
    for name, creation in (client.create_topics(list(topics)) if topics else {}).items():
        try:
            creation.result()
        except KafkaException as error:
            # Another client can create the topic at the same time.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                refusals[name] = error
    return refusals


def _build_new_topic(topic: Topic, brokers: int) -> NewTopic:
    """Return the topic with replicas and required in-sync replicas limited to the number of brokers."""
    replicas = min(topic.replicas, brokers)
    config = dict(topic.config)
    if config.get(_MIN_IN_SYNC_REPLICAS, "").isdecimal():
        config[_MIN_IN_SYNC_REPLICAS] = str(min(int(config[_MIN_IN_SYNC_REPLICAS]), replicas))
    return NewTopic(topic.name, topic.partitions, replicas, config=config)


def _is_embedded(cluster_id: str | None) -> bool:
    return (cluster_id or "").startswith(_EMBEDDED_ID_PREFIX)


def _create_client(broker: str) -> AdminClient:
    # log_level 0: the library writes every refused connection to the terminal, also while a broker is starting.
    return AdminClient({"bootstrap.servers": broker, "log_level": 0, "reconnect.backoff.ms": 50})

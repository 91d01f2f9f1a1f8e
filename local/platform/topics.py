"""Topics of a broker: made on a real one, touched on the embedded one, which makes what is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

# Short, because who waits for a broker asks again.
ANSWER_S = 2.0
_EMBEDDED = "mockCluster"  # how the id of librdkafka's own broker begins
_LEAST_IN_SYNC = "min.insync.replicas"


@dataclass(frozen=True)
class Topic:
    """`config` as Kafka spells it."""

    name: str
    partitions: int = 1
    replicas: int = 1
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """What brokers say of themselves: host and port of each, the number of partitions of each topic."""

    brokers: tuple[tuple[str, int], ...]
    partitions: Mapping[str, int]
    embedded: bool


def check(broker: str) -> None:
    """Raise KafkaException unless the broker answers."""
    _client(broker).list_topics(timeout=ANSWER_S)


def look(broker: str, seconds: float = ANSWER_S) -> Cluster:
    """Raise KafkaException unless the broker answers."""
    said = _client(broker).list_topics(timeout=seconds)
    return Cluster(
        brokers=tuple((str(one.host), int(one.port or 0)) for one in said.brokers.values()),
        partitions={name: len(topic.partitions) for name, topic in said.topics.items()},
        embedded=_is_embedded(said.cluster_id),
    )


def provide(broker: str, topics: Iterable[Topic]) -> None:
    """Make the topics that the broker lacks; raise KafkaException unless it answers and then has them all."""
    for refusal in make(broker, topics).values():
        raise refusal


def missing(broker: str, topics: Iterable[Topic], seconds: float = ANSWER_S) -> list[Topic]:
    """Those that the broker lacks. Raise KafkaException unless it answers."""
    there = _client(broker).list_topics(timeout=seconds).topics
    return [topic for topic in topics if topic.name not in there]


def make(broker: str, topics: Iterable[Topic], seconds: float = ANSWER_S) -> dict[str, KafkaException]:
    """Make the topics that the broker lacks; what it refused, by name. Raise KafkaException unless it answers."""
    client = _client(broker)
    there = client.list_topics(timeout=seconds)
    missing = [topic for topic in topics if topic.name not in there.topics]
    if _is_embedded(there.cluster_id):
        for topic in missing:
            # It answers no CreateTopics, but has what a client asks about.
            client.list_topics(topic.name, timeout=seconds)
        return {}
    return _created(client, [_new(topic, len(there.brokers)) for topic in missing])


def remove(broker: str, names: Iterable[str], seconds: float = ANSWER_S) -> list[str]:
    """Remove those of these topics that a real broker has, with all that waits in them; their names.

    Raise KafkaException unless it answers and then removes them.
    """
    client = _client(broker)
    there = client.list_topics(timeout=seconds).topics
    found = sorted(name for name in names if name in there)
    for removed in (client.delete_topics(found) if found else {}).values():
        removed.result()
    return found


def _created(client: AdminClient, topics: Sequence[NewTopic]) -> dict[str, KafkaException]:
    refused = {}
    for name, made in (client.create_topics(list(topics)) if topics else {}).items():
        try:
            made.result()
        except KafkaException as error:
            # Somebody else may have been faster.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                refused[name] = error
    return refused


def _new(topic: Topic, brokers: int) -> NewTopic:
    """The topic with no more replicas than there are brokers, and no more of them required than there are."""
    replicas = min(topic.replicas, brokers)
    config = dict(topic.config)
    if config.get(_LEAST_IN_SYNC, "").isdecimal():
        config[_LEAST_IN_SYNC] = str(min(int(config[_LEAST_IN_SYNC]), replicas))
    return NewTopic(topic.name, topic.partitions, replicas, config=config)


def _is_embedded(cluster: str | None) -> bool:
    return (cluster or "").startswith(_EMBEDDED)


def _client(broker: str) -> AdminClient:
    # The library writes every refused connection to the terminal; here, a broker that is not up yet is no news.
    return AdminClient({"bootstrap.servers": broker, "log_level": 0, "reconnect.backoff.ms": 50})

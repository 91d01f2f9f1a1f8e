"""Topics of a broker: made on a real one, touched on the embedded one, which makes what is asked for."""

from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

# Short, because who waits for a broker asks again.
ANSWER_S = 2.0


def check(broker: str) -> None:
    """Raise KafkaException unless the broker answers."""
    _client(broker).list_topics(timeout=ANSWER_S)


def touch(broker: str, topics: Mapping[str, int]) -> None:
    """Raise KafkaException unless the broker answers; the embedded one makes a topic when it is asked about it."""
    client = _client(broker)
    client.list_topics(timeout=ANSWER_S)
    for name in topics:
        client.list_topics(name, timeout=ANSWER_S)


def make(broker: str, topics: Mapping[str, int]) -> None:
    """Raise KafkaException unless the broker answers; make the topics (partitions by name) that it lacks."""
    client = _client(broker)
    missing = topics.keys() - client.list_topics(timeout=ANSWER_S).topics.keys()
    if not missing:
        return
    asked = client.create_topics([NewTopic(name, topics[name], 1) for name in sorted(missing)])
    for made in asked.values():
        try:
            made.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


def _client(broker: str) -> AdminClient:
    # The library writes every refused connection to the terminal; here, a broker that is not up yet is no news.
    return AdminClient({"bootstrap.servers": broker, "log_level": 0, "reconnect.backoff.ms": 50})

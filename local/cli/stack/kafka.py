"""A producer that sends single records to the stack's Kafka, and a check for a topic."""

from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from events.codec import KafkaRecord
from local.cli.shell.errors import CommandFailedError

_DELIVERY_TIMEOUT_S = 15
_LIST_TIMEOUT_S = 5
_ADVICE = "No event is lost: run the same command again."

#: Sends a record; raises CommandFailedError if Kafka does not acknowledge it.
SendRecord = Callable[[KafkaRecord], None]


def create_sender(servers: str) -> SendRecord:
    """Return a function that sends a record, and that returns after all in-sync replicas have acknowledged the record.

    That function raises CommandFailedError if Kafka does not acknowledge the record within 15 s.
    """
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 0,
            "delivery.timeout.ms": _DELIVERY_TIMEOUT_S * 1000,
            "log_level": 0,
        }
    )
    return lambda record: _send(producer, record)


def has_topic(servers: str, topic: str) -> bool:
    """Return whether the topic exists. Raise CommandFailedError if Kafka does not answer."""
    # The request is for all topics, because the mock broker of librdkafka creates a topic that is requested by name.
    client = Producer({"bootstrap.servers": servers, "log_level": 0})
    try:
        return topic in client.list_topics(timeout=_LIST_TIMEOUT_S).topics
    except KafkaException as error:
        raise CommandFailedError("Kafka does not answer. Start it again: `pagebus up --detach`.") from error


def _send(producer: Producer, record: KafkaRecord) -> None:
    topic, key, value, headers = record
    results: list[KafkaError | None] = []

    def on_delivery(error: KafkaError | None, _: Message) -> None:
        results.append(error)

    try:
        producer.produce(topic, value, key, headers=list(headers.items()), on_delivery=on_delivery)
        producer.flush(_DELIVERY_TIMEOUT_S + 1)
    except (BufferError, KafkaException) as error:
        raise CommandFailedError(f"Kafka did not accept the record for {topic}: {error}. {_ADVICE}") from error
    if results != [None]:
        raise CommandFailedError(f"Kafka did not acknowledge the record for {topic}. {_ADVICE}")

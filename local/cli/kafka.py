"""Sending to Kafka, for who has something to say on a terminal."""

from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from events.codec import Record
from local.cli.errors import Failed

_ACKNOWLEDGED_S = 15
_AGAIN = "Nothing is lost: run the same command again."

Send = Callable[[Record], None]


def sending(servers: str) -> Send:
    """How to send a record: it returns when Kafka has it, and raises Failed when it does not."""
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 0,
            "delivery.timeout.ms": _ACKNOWLEDGED_S * 1000,
            "log_level": 0,
        }
    )
    return lambda record: _send(producer, record)


def _send(producer: Producer, record: Record) -> None:
    topic, key, value, headers = record
    failures: list[KafkaError | None] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        failures.append(error)

    try:
        producer.produce(topic, value, key, headers=list(headers.items()), on_delivery=delivered)
        producer.flush(_ACKNOWLEDGED_S + 1)
    except (BufferError, KafkaException) as error:
        raise Failed(f"Kafka did not take it: {error}. {_AGAIN}") from error
    if failures != [None]:
        raise Failed(f"Kafka did not acknowledge it. {_AGAIN}")


def has_topic(servers: str, topic: str) -> bool:
    """Whether there is one. Asked for all of them: librdkafka's own broker would make the one it is asked for."""
    try:
        return topic in Producer({"bootstrap.servers": servers, "log_level": 0}).list_topics(timeout=5).topics
    except KafkaException as error:
        raise Failed("Kafka does not answer. `pagebus up --detach` starts what is missing.") from error

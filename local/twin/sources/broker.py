"""The Kafka broker, and the client settings of a source's consumer."""

from dataclasses import dataclass

from local.manifests.eventing import KafkaSource


@dataclass(frozen=True)
class Broker:
    """The addresses of Kafka.

    `is_embedded` is true for librdkafka's built-in mock broker, which answers a fetch only after its full wait time.
    """

    servers: str
    is_embedded: bool

    @property
    def fetch_wait_ms(self) -> int:
        """The longest wait of a fetch. A real Kafka answers when a record arrives; a resumed partition may wait."""
        return 25 if self.is_embedded else 100


def build_consumer_settings(source: KafkaSource, broker: Broker) -> dict[str, str | int | bool]:
    spec = source.spec
    return {
        "bootstrap.servers": broker.servers,
        "group.id": spec.consumer_group,
        "auto.offset.reset": spec.initial_offset,
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        # Kafka's minimum, so that the next twin soon gets the partitions of a killed one.
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 2000,
        "fetch.wait.max.ms": broker.fetch_wait_ms,
        "topic.metadata.refresh.interval.ms": 10000,
        # Prefetch little: a source uses some tens of records per partition, and functions need the memory.
        "queued.min.messages": 100,
        "queued.max.messages.kbytes": 4096,
    }

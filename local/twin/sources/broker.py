"""The Kafka broker, and the client settings of a source's consumer."""

from dataclasses import dataclass

from local.manifests.eventing import KafkaSource


@dataclass(frozen=True)
class Broker:
    """A Kafka broker. `servers` are its bootstrap addresses, separated by commas.

    `is_embedded` is true for librdkafka's mock broker, which responds to a fetch only after the complete wait time.
    """

    servers: str
    is_embedded: bool

    @property
    def fetch_wait_ms(self) -> int:
        """The maximum wait of a fetch in milliseconds.

        It is short, because a resumed partition gets no records before the current fetch ends. It is even shorter for
        the mock broker, because this broker always waits for the complete time. A real Kafka stops waiting when a
        record arrives.
        """
        return 25 if self.is_embedded else 100


def build_consumer_settings(source: KafkaSource, broker: Broker) -> dict[str, str | int | bool]:
    """Return the settings of librdkafka for the consumer of a source."""
    spec = source.spec
    return {
        "bootstrap.servers": broker.servers,
        "group.id": spec.consumer_group,
        "auto.offset.reset": spec.initial_offset,
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        # Kafka's minimum, so that a new twin soon gets the partitions of a killed twin.
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 2000,
        "fetch.wait.max.ms": broker.fetch_wait_ms,
        "topic.metadata.refresh.interval.ms": 10000,
        # Prefetch few records: a source uses some tens of records per partition, and functions need the memory.
        "queued.min.messages": 100,
        "queued.max.messages.kbytes": 4096,
    }

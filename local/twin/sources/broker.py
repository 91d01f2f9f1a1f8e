"""Where Kafka is, and how a source's consumer of it is set up."""

from dataclasses import dataclass

from local.manifests.eventing import KafkaSource


@dataclass(frozen=True)
class Broker:
    """Where Kafka is, and whether it is librdkafka's own, which answers a waiting fetch only when the wait is over."""

    servers: str
    embedded: bool

    @property
    def wait_ms(self) -> int:
        """Kafka answers as soon as a record comes; only a partition that goes on after a pause may have to wait."""
        return 25 if self.embedded else 100


def settings(source: KafkaSource, broker: Broker) -> dict[str, str | int | bool]:
    spec = source.spec
    return {
        "bootstrap.servers": broker.servers,
        "group.id": spec.consumer_group,
        "auto.offset.reset": spec.initial_offset,
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        # Kafka's least: a twin that was killed is forgotten as soon as may be, and the next one gets its partitions.
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 2000,
        "fetch.wait.max.ms": broker.wait_ms,
        "topic.metadata.refresh.interval.ms": 10000,
        # Little is fetched ahead: the loop takes some tens of records per partition, and memory is for functions.
        "queued.min.messages": 100,
        "queued.max.messages.kbytes": 4096,
    }

"""Every topic that is read or written is declared, and keeps what it was told."""

from collections.abc import Iterator

from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSink, KafkaSource
from local.manifests.loading import Manifests
from local.rules.landscape import CLUSTER, RETENTION, topics

_MIN_IN_SYNC = "min.insync.replicas"


def reads_declared_topics(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    declared = topics(manifests)
    for name in source.spec.topics:
        if name not in declared:
            yield f"spec.topics: there is no KafkaTopic {name}; add it or correct the name"


def writes_to_a_declared_topic(sink: KafkaSink, manifests: Manifests) -> Iterator[str]:
    if sink.spec.topic not in topics(manifests):
        yield f"spec.topic: there is no KafkaTopic {sink.spec.topic}; add it or correct the name"


def belongs_to_a_cluster(topic: KafkaTopic, _: Manifests) -> Iterator[str]:
    if CLUSTER not in topic.metadata.labels:
        yield f"metadata.labels: without {CLUSTER} no operator makes this topic; add it"


def survives_a_broker(topic: KafkaTopic, _: Manifests) -> Iterator[str]:
    """An acknowledged record is on as many brokers as must be in sync; one broker more must exist than must be up."""
    in_sync = int(topic.spec.config.get(_MIN_IN_SYNC, 1))
    if in_sync > topic.spec.replicas:
        yield f"spec.config.{_MIN_IN_SYNC}: {in_sync} of {topic.spec.replicas} replicas can not be in sync; lower it"
    elif topic.spec.replicas > 1 and in_sync in {1, topic.spec.replicas}:
        yield (
            f"spec.config.{_MIN_IN_SYNC}: with {in_sync} of {topic.spec.replicas}, a broker that fails takes records "
            f"or the topic along; write {topic.spec.replicas - 1}"
        )


def says_how_long_it_keeps(topic: KafkaTopic, _: Manifests) -> Iterator[str]:
    if RETENTION not in topic.spec.config:
        yield f"spec.config.{RETENTION}: is left to the broker; say how long records are kept"

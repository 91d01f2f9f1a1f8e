"""Rules for topics: each used topic is declared, survives the failure of one broker, and has a retention."""

from collections.abc import Iterator

from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSink, KafkaSource
from local.manifests.loading import Manifests
from local.rules.relations import CLUSTER_LABEL, RETENTION_SETTING, map_topics

_MIN_IN_SYNC = "min.insync.replicas"


def check_source_topics_exist(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    """Check that each topic of a source has a KafkaTopic."""
    declared = map_topics(manifests)
    for name in source.spec.topics:
        if name not in declared:
            yield f"spec.topics: there is no KafkaTopic {name}; add it or correct the name"


def check_sink_topic_exists(sink: KafkaSink, manifests: Manifests) -> Iterator[str]:
    """Check that the topic of a sink has a KafkaTopic."""
    if sink.spec.topic not in map_topics(manifests):
        yield f"spec.topic: there is no KafkaTopic {sink.spec.topic}; add it or correct the name"


def check_cluster_label(topic: KafkaTopic, _: Manifests) -> Iterator[str]:
    """Check that the topic has the label with the name of its Kafka cluster."""
    if CLUSTER_LABEL not in topic.metadata.labels:
        yield f"metadata.labels: without {CLUSTER_LABEL} no operator creates this topic; add it"


def check_min_in_sync_replicas(topic: KafkaTopic, _: Manifests) -> Iterator[str]:
    """Check that a topic stays writable without one broker, and that acknowledged records are on a second broker."""
    in_sync = int(topic.spec.config.get(_MIN_IN_SYNC, 1))
    if in_sync > topic.spec.replicas:
        yield f"spec.config.{_MIN_IN_SYNC}: {in_sync} of {topic.spec.replicas} replicas cannot be in sync; lower it"
    elif topic.spec.replicas > 1 and in_sync in {1, topic.spec.replicas}:
        yield (
            f"spec.config.{_MIN_IN_SYNC}: with {in_sync} of {topic.spec.replicas}, a broker that fails loses records "
            f"or makes the topic read-only; write {topic.spec.replicas - 1}"
        )


def check_retention_is_set(topic: KafkaTopic, _: Manifests) -> Iterator[str]:
    """Check that the topic sets the time that Kafka keeps its records."""
    if RETENTION_SETTING not in topic.spec.config:
        yield f"spec.config.{RETENTION_SETTING}: is not set; set the time that the broker keeps records"

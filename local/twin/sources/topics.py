"""Creation of topics that KafkaTopics declare, and of topics that sources and sinks need without a KafkaTopic."""

from collections.abc import Iterable

import structlog

from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSink, KafkaSource
from local.manifests.loading import Manifests
from local.platform import topics
from local.platform.topics import Topic
from local.twin.sources.broker import Broker

log = structlog.get_logger()

_REQUEST_SECONDS = 15.0


def load_broker(servers: str) -> Broker:
    """Return the broker at the bootstrap addresses `servers`. Raise KafkaException if the broker does not answer."""
    return Broker(servers, topics.load_cluster_metadata(servers, _REQUEST_SECONDS).is_embedded)


def create_topics(manifests: Manifests, servers: str) -> None:
    """Create every missing topic. Log a warning for each topic that no KafkaTopic declares or that Kafka refuses.

    Raise KafkaException if the broker does not answer.
    """
    declared = [to_topic(resource) for resource in manifests.select(KafkaTopic)]
    _create_missing_topics(servers, declared)
    missing = topics.find_missing_topics(servers, map(Topic, list_undeclared_topics(manifests)), _REQUEST_SECONDS)
    refused = _create_missing_topics(servers, missing)
    for topic in missing:
        if topic.name not in refused:
            log.warning(
                "topic.made_for_source", topic=topic.name, on_a_cluster="declare it as a KafkaTopic, or create it"
            )


def _create_missing_topics(servers: str, requested: Iterable[Topic]) -> set[str]:
    """Create those requested topics that are missing. Return and log the names of topics that the broker refused."""
    refused = topics.create_missing_topics(servers, requested, _REQUEST_SECONDS)
    for name, refusal in refused.items():
        log.warning("topic.not_made", topic=name, reason=refusal.args[0].str())
    return set(refused)


def list_undeclared_topics(manifests: Manifests) -> list[str]:
    """Return the names of topics that sources and sinks need but no KafkaTopic declares.

    On a cluster, the sources and sinks would wait for these topics.
    """
    needed = {topic for source in manifests.select(KafkaSource) for topic in source.spec.topics}
    needed |= {sink.spec.topic for sink in manifests.select(KafkaSink)}
    return sorted(needed - {resource.topic for resource in manifests.select(KafkaTopic)})


def to_topic(resource: KafkaTopic) -> Topic:
    """Return the topic that the resource declares."""
    spec = resource.spec
    config = {name: _format_config_value(value) for name, value in spec.config.items()}
    return Topic(resource.topic, spec.partitions, spec.replicas, config)


def _format_config_value(value: str | int | bool) -> str:  # noqa: FBT001  # a value of YAML
    return str(value).lower() if isinstance(value, bool) else str(value)

"""The topics that KafkaTopic resources ask for, and those that sources and sinks need without saying so."""

from collections.abc import Iterable

import structlog

from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSink, KafkaSource
from local.manifests.loading import Manifests
from local.platform import topics
from local.platform.topics import Topic
from local.twin.sources.broker import Broker

log = structlog.get_logger()

_SECONDS = 15.0


def broker(servers: str) -> Broker:
    """The broker behind these addresses; raises KafkaException when it does not answer."""
    return Broker(servers, topics.look(servers, _SECONDS).embedded)


def make(manifests: Manifests, servers: str) -> None:
    """Ask for every topic that is missing; raises KafkaException when the broker does not answer."""
    declared = [asked(resource) for resource in manifests.of(KafkaTopic)]
    _ask(servers, declared)
    missing = topics.missing(servers, map(Topic, undeclared(manifests)), _SECONDS)
    refused = _ask(servers, missing)
    for topic in missing:
        if topic.name not in refused:
            log.warning(
                "topic.made_for_source", topic=topic.name, on_a_cluster="declare it as a KafkaTopic, or make it"
            )


def _ask(servers: str, wanted: Iterable[Topic]) -> set[str]:
    """What the broker refused, by name."""
    refused = topics.make(servers, wanted, _SECONDS)
    for name, refusal in refused.items():
        log.warning("topic.not_made", topic=name, reason=refusal.args[0].str())
    return set(refused)


def undeclared(manifests: Manifests) -> list[str]:
    """What sources and sinks need and no KafkaTopic asks for: on a cluster they would wait for it."""
    needed = {topic for source in manifests.of(KafkaSource) for topic in source.spec.topics}
    needed |= {sink.spec.topic for sink in manifests.of(KafkaSink)}
    return sorted(needed - {resource.topic for resource in manifests.of(KafkaTopic)})


def asked(resource: KafkaTopic) -> Topic:
    """What the resource asks for."""
    spec = resource.spec
    config = {name: _text(value) for name, value in spec.config.items()}
    return Topic(resource.topic, spec.partitions, spec.replicas, config)


def _text(value: str | int | bool) -> str:  # noqa: FBT001  # a value of YAML
    return str(value).lower() if isinstance(value, bool) else str(value)

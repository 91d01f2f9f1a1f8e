"""What belongs together in manifests: sources and what they feed, topics and their partitions."""

import math

from local.manifests.cluster import KafkaTopic, KafkaUser
from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules.built import REPOSITORY
from local.twin.services.environment import PROVIDED

#: The label that says to which Kafka something belongs: without it no operator of Strimzi looks at it.
CLUSTER = "strimzi.io/cluster"
#: A topic's configuration: how long it keeps a record.
RETENTION = "retention.ms"
FUNCTIONS = REPOSITORY / "functions"
#: A dispatcher stops asking for more at 50 unanswered records per consumer, and overshoots: up to twice as many.
UNORDERED_IN_FLIGHT = 100


def topics(manifests: Manifests) -> dict[str, KafkaTopic]:
    return {topic.topic: topic for topic in manifests.of(KafkaTopic)}


def partitions(source: KafkaSource, manifests: Manifests) -> int:
    """Of all its topics; what is not declared has one."""
    declared = topics(manifests)
    return sum(declared[name].spec.partitions if name in declared else 1 for name in source.spec.topics)


def in_flight(source: KafkaSource, manifests: Manifests) -> int:
    """How many events of this source may wait for an answer at once."""
    if source.spec.ordering == "ordered":
        return partitions(source, manifests)
    return source.spec.consumers * UNORDERED_IN_FLIGHT


def feeding(service: Service, manifests: Manifests) -> list[KafkaSource]:
    """The sources whose events this Service gets."""
    return [source for source in manifests.of(KafkaSource) if fed(source, manifests) is service]


def fed(source: KafkaSource, manifests: Manifests) -> Service | None:
    """The Service that gets this source's events; None where it is another kind of sink."""
    reference = source.spec.sink.ref
    if reference is None or reference.kind != "Service":
        return None
    return next((service for service in manifests.of(Service) if service.name == reference.name), None)


def at_once(service: Service) -> float:
    """How many events all replicas of this Service work on at once."""
    return (service.scaling.max_scale or math.inf) * (service.revision.container_concurrency or math.inf)


def settings(service: Service) -> dict[str, str]:
    """The environment that stands in its manifest."""
    return {variable.name: variable.value for variable in service.container.env if variable.value is not None}


def function_of(service: Service) -> str | None:
    """The folder of functions/ that this Service runs; None where there is none."""
    for word in service.container.command:
        match word.split("."):
            case ["functions", folder, "main"] if (FUNCTIONS / folder / "main.py").exists():
                return folder
    return None


def names(kind: str, manifests: Manifests) -> set[str]:
    return {placed.name for placed in manifests.placed if placed.resource.kind == kind}


def brought(kind: str, manifests: Manifests) -> set[str]:
    """What stands in no manifest, since people bring it or Strimzi makes it: settings, and all kinds of secrets."""
    if kind == "ConfigMap":
        return {PROVIDED}
    if kind != "Secret":
        return set()
    users = manifests.of(KafkaUser)
    labels = [*(user.metadata.labels for user in users), *(topic.metadata.labels for topic in manifests.of(KafkaTopic))]
    authorities = {f"{words[CLUSTER]}-cluster-ca-cert" for words in labels if CLUSTER in words}
    return {PROVIDED, *authorities, *(user.metadata.name for user in users)}

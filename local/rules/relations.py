"""Relations between manifests: sources and their Services, topics and their partitions."""

import math

from local.manifests.cluster import KafkaTopic, KafkaUser
from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules.kustomize import REPOSITORY
from local.twin.services.environment import PLATFORM_CONFIG

#: The label with the name of a resource's Kafka cluster. Strimzi's operators ignore resources without this label.
CLUSTER_LABEL = "strimzi.io/cluster"
#: The setting of a topic for the time that Kafka keeps a record, in milliseconds.
RETENTION_SETTING = "retention.ms"
FUNCTIONS = REPOSITORY / "functions"
#: The maximum for each consumer of an unordered source, rounded up. The consumer polls while fewer than 50 records are
#: in flight, and a poll adds up to 50.
UNORDERED_IN_FLIGHT = 100


def map_topics(manifests: Manifests) -> dict[str, KafkaTopic]:
    """Return the KafkaTopics by the names of their topics."""
    return {topic.topic: topic for topic in manifests.select(KafkaTopic)}


def count_partitions(source: KafkaSource, manifests: Manifests) -> int:
    """Return the number of partitions of all topics of a source. A topic without a KafkaTopic has one partition."""
    declared = map_topics(manifests)
    return sum(declared[name].spec.partitions if name in declared else 1 for name in source.spec.topics)


def count_in_flight(source: KafkaSource, manifests: Manifests) -> int:
    """Return the maximum number of events of this source that are in flight at the same time."""
    if source.spec.ordering == "ordered":
        return count_partitions(source, manifests)
    return source.spec.consumers * UNORDERED_IN_FLIGHT


def find_sources(service: Service, manifests: Manifests) -> list[KafkaSource]:
    """Return the sources that deliver to this Service."""
    return [source for source in manifests.select(KafkaSource) if find_service(source, manifests) is service]


def find_service(source: KafkaSource, manifests: Manifests) -> Service | None:
    """Return the Service that a source delivers to, or None if the sink is no Service or does not exist."""
    reference = source.spec.sink.ref
    if reference is None or reference.kind != "Service":
        return None
    return next((service for service in manifests.select(Service) if service.name == reference.name), None)


def compute_capacity(service: Service) -> float:
    """Return the number of events that all replicas of this Service can handle at a time; infinity means no limit."""
    return (service.scaling.max_scale or math.inf) * (service.revision.container_concurrency or math.inf)


def read_environment(service: Service) -> dict[str, str]:
    """Return the environment variables of a Service that have a literal value in the manifest."""
    return {variable.name: variable.value for variable in service.container.env if variable.value is not None}


def find_function_folder(service: Service) -> str | None:
    """Return the folder of functions/ that this Service runs, or None if it runs something else."""
    for word in service.container.command:
        match word.split("."):
            case ["functions", folder, "main"] if (FUNCTIONS / folder / "main.py").exists():
                return folder
    return None


def list_names(kind: str, manifests: Manifests) -> set[str]:
    """Return the names of all resources of a kind."""
    return {located.name for located in manifests.located_resources if located.resource.kind == kind}


def list_external_names(kind: str, manifests: Manifests) -> set[str]:
    """Return the names of ConfigMaps or Secrets that are in no manifest, because users or Strimzi create them.

    Return an empty set for other kinds.
    """
    if kind == "ConfigMap":
        return {PLATFORM_CONFIG}
    if kind != "Secret":
        return set()
    users = manifests.select(KafkaUser)
    resources: list[KafkaUser | KafkaTopic] = [*users, *manifests.select(KafkaTopic)]
    clusters = {
        resource.metadata.labels[CLUSTER_LABEL] for resource in resources if CLUSTER_LABEL in resource.metadata.labels
    }
    authorities = {f"{cluster}-cluster-ca-cert" for cluster in clusters}
    return {PLATFORM_CONFIG, *authorities, *(user.metadata.name for user in users)}

"""What only the manifests together can tell: references, names that clash, and what this machine cannot do."""

import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import structlog

from local.twin.cluster import ConfigMap, KafkaTopic, Secret
from local.twin.environment import program_path
from local.twin.eventing import Destination, KafkaSink, KafkaSource, PingSource
from local.twin.manifests import ManifestError, Manifests, Placed
from local.twin.serving import Container, Probe, Service, Variable, Variables

log = structlog.get_logger()

# What Kubernetes enforces and one machine does not; none of it changes what a function computes.
_NOT_ENFORCED = ("resources", "security_context")
_POD_NOT_ENFORCED = ("service_account_name", "automount_service_account_token", "enable_service_links")


def check(manifests: Manifests, provided: Collection[str]) -> None:
    """Raise ManifestError with every problem; `provided` names the ConfigMaps and Secrets that the twin makes."""
    problems = [*_doubled(manifests), *_doubled_groups(manifests)]
    for placed in manifests.placed:
        problems += [f"{placed.place}: {problem}" for problem in _of_one(placed, manifests, provided)]
    if problems:
        raise ManifestError(problems)
    for doubt in doubts(manifests):
        log.warning(doubt.event, source=doubt.source, **doubt.facts)


@dataclass(frozen=True)
class Doubt:
    """What a source does otherwise than whoever wrote it may think."""

    event: str
    source: str
    facts: Mapping[str, int | str]


def doubts(manifests: Manifests) -> list[Doubt]:
    """What runs, and not as whoever wrote it may expect."""
    partitions = {topic.topic: topic.spec.partitions for topic in manifests.of(KafkaTopic)}
    return [doubt for source in manifests.of(KafkaSource) for doubt in _about_source(source, partitions)]


def not_enforced(manifests: Manifests) -> dict[str, list[str]]:
    """By Service, the fields that a cluster would enforce and the twin does not."""
    found = {service.name: list(_fields_not_enforced(service)) for service in manifests.of(Service)}
    return {name: fields for name, fields in found.items() if fields}


def _doubled(manifests: Manifests) -> Iterator[str]:
    counted = Counter(placed.place.partition(": ")[2] for placed in manifests.placed)
    for placed in manifests.placed:
        if counted[placed.place.partition(": ")[2]] > 1:
            yield f"{placed.place}: metadata.name: stands more than once; keep one of them"


def _doubled_groups(manifests: Manifests) -> Iterator[str]:
    counted = Counter(source.spec.consumer_group for source in manifests.of(KafkaSource))
    for placed in manifests.placed:
        if isinstance(placed.resource, KafkaSource) and counted[placed.resource.spec.consumer_group] > 1:
            yield f"{placed.place}: spec.consumerGroup: another source has the same; give each its own"


def _of_one(placed: Placed, manifests: Manifests, provided: Collection[str]) -> Iterator[str]:
    resource = placed.resource
    if isinstance(resource, KafkaSource | PingSource):
        yield from _destination("spec.sink", resource.spec.sink, manifests)
    if isinstance(resource, KafkaSource) and resource.spec.delivery.dead_letter_sink:
        yield from _destination("spec.delivery.deadLetterSink", resource.spec.delivery.dead_letter_sink, manifests)
    if isinstance(resource, Service):
        path = "spec.template.spec.containers.0."
        yield from (path + problem for problem in _container(resource, manifests, provided))


def _destination(path: str, destination: Destination, manifests: Manifests) -> Iterator[str]:
    reference = destination.ref
    if reference is None:
        return
    known = {("Service", found.name) for found in manifests.of(Service)}
    known |= {("KafkaSink", found.metadata.name) for found in manifests.of(KafkaSink)}
    if (reference.kind, reference.name) not in known:
        yield f"{path}.ref: there is no {reference.kind} {reference.name}; add it or correct the name"


def _container(service: Service, manifests: Manifests, provided: Collection[str]) -> Iterator[str]:
    container = service.container
    if not container.command:
        yield "command: the twin pulls no images; give the container a command"
    elif not shutil.which(container.command[0], path=program_path()):
        yield f"command: there is no program {container.command[0]} on this machine; install it or correct the name"
    if container.working_dir and not Path(container.working_dir).is_dir():
        yield f"workingDir: there is no folder {container.working_dir} on this machine; remove it"
    yield from _probes(container)
    yield from _mounts(service)
    maps = {found.metadata.name: found.values for found in manifests.of(ConfigMap)}
    secrets = {found.metadata.name: found.values for found in manifests.of(Secret)}
    for group in container.env_from:
        yield from _group(group, {*maps, *provided}, {*secrets, *provided})
    for variable in container.env:
        yield from _variable(variable, maps, secrets, provided)


def _probes(container: Container) -> Iterator[str]:
    port = container.ports[0].container_port if container.ports else 8080
    for name in ("readiness", "liveness", "startup"):
        probe: Probe | None = getattr(container, f"{name}_probe")
        asked = probe and (probe.http_get or probe.tcp_socket)
        if asked and asked.port not in {0, port, "http1"}:
            yield f"{name}Probe.port: {asked.port} is not the container's port; remove it"


def _mounts(service: Service) -> Iterator[str]:
    volumes = {volume.name for volume in service.revision.volumes}
    for mount in service.container.volume_mounts:
        if mount.name not in volumes:
            yield f"volumeMounts: there is no volume {mount.name}; add it"
        if PurePosixPath("/tmp") not in (path := PurePosixPath(mount.mount_path), *path.parents):  # noqa: S108  # the rule
            yield f"volumeMounts: the twin mounts nothing at {mount.mount_path}; mount at /tmp or below it"


def _group(group: Variables, maps: set[str], secrets: set[str]) -> Iterator[str]:
    if group.config_map_ref and not group.config_map_ref.optional and group.config_map_ref.name not in maps:
        yield f"envFrom: there is no ConfigMap {group.config_map_ref.name}; add it"
    if group.secret_ref and not group.secret_ref.optional and group.secret_ref.name not in secrets:
        yield f"envFrom: there is no Secret {group.secret_ref.name}; add it"


def _variable(
    variable: Variable,
    maps: dict[str, dict[str, str]],
    secrets: dict[str, dict[str, str]],
    provided: Collection[str],
) -> Iterator[str]:
    if variable.value_from is None:
        return
    for reference, known, kind in (
        (variable.value_from.config_map_key_ref, maps, "ConfigMap"),
        (variable.value_from.secret_key_ref, secrets, "Secret"),
    ):
        if reference is None or reference.optional or reference.name in provided:
            continue
        if reference.key not in known.get(reference.name, {}):
            yield f"env {variable.name}: there is no key {reference.key} in a {kind} {reference.name}; add it"


def _about_source(source: KafkaSource, partitions: dict[str, int]) -> Iterator[Doubt]:
    name = source.metadata.name
    if source.never_ready:
        yield Doubt("source.never_ready", name, {"why": source.never_ready})
    if source.spec.delivery.dead_letter_sink is None:
        yield Doubt("source.without_dead_letter_sink", name, {})
    most = max(partitions.get(topic, 1) for topic in source.spec.topics)
    if source.spec.ordering == "ordered" and source.spec.consumers < most:
        # One that it has not met waits behind the backlog of those that it has.
        yield Doubt("source.would_starve_partitions", name, {"partitions": most})


def _fields_not_enforced(service: Service) -> Iterator[str]:
    yield from (name for name in _NOT_ENFORCED if name in service.container.model_fields_set)
    yield from (name for name in _POD_NOT_ENFORCED if name in service.revision.model_fields_set)

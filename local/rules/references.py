"""What manifests name must be there, and once: whatever runs them, a cluster or the twin, relies on it."""

from collections import Counter
from collections.abc import Iterator

from local.manifests.cluster import ConfigMap, Secret
from local.manifests.eventing import Destination, KafkaSink, KafkaSource, PingSource
from local.manifests.loading import Manifests, Placed
from local.manifests.serving import Container, Probe, Service
from local.manifests.variables import Variable, Variables
from local.rules.landscape import brought

_CONTAINER = "spec.template.spec.containers.0."


def references(manifests: Manifests) -> Iterator[str]:
    """A line per problem."""
    yield from _doubled(manifests)
    yield from _doubled_groups(manifests)
    for placed in manifests.placed:
        yield from (f"{placed.place}: {problem}" for problem in _of_one(placed, manifests))


def _doubled(manifests: Manifests) -> Iterator[str]:
    counted = Counter(_identity(placed) for placed in manifests.placed)
    for placed in manifests.placed:
        if counted[_identity(placed)] > 1:
            yield f"{placed.place}: metadata.name: stands more than once; keep one of them"


def _identity(placed: Placed) -> tuple[str, str, str]:
    # Kubernetes' own Service and Knative's may have the same name.
    return placed.resource.api_version, placed.resource.kind, placed.name


def _doubled_groups(manifests: Manifests) -> Iterator[str]:
    counted = Counter(source.spec.consumer_group for source in manifests.of(KafkaSource))
    for placed in manifests.placed:
        if isinstance(placed.resource, KafkaSource) and counted[placed.resource.spec.consumer_group] > 1:
            yield f"{placed.place}: spec.consumerGroup: another source has the same; give each its own"


def _of_one(placed: Placed, manifests: Manifests) -> Iterator[str]:
    resource = placed.resource
    if isinstance(resource, KafkaSource | PingSource):
        yield from _destination("spec.sink", resource.spec.sink, manifests)
    if isinstance(resource, KafkaSource) and resource.spec.delivery.dead_letter_sink:
        yield from _destination("spec.delivery.deadLetterSink", resource.spec.delivery.dead_letter_sink, manifests)
    if isinstance(resource, Service):
        yield from (_CONTAINER + problem for problem in _container(resource, manifests))


def _destination(path: str, destination: Destination, manifests: Manifests) -> Iterator[str]:
    reference = destination.ref
    if reference is None:
        return
    known = {("Service", found.name) for found in manifests.of(Service)}
    known |= {("KafkaSink", found.metadata.name) for found in manifests.of(KafkaSink)}
    if (reference.kind, reference.name) not in known:
        yield f"{path}.ref: there is no {reference.kind} {reference.name}; add it or correct the name"


def _container(service: Service, manifests: Manifests) -> Iterator[str]:
    container = service.container
    yield from _probes(container)
    volumes = {volume.name for volume in service.revision.volumes}
    yield from (
        f"volumeMounts: there is no volume {mount.name}; add it"
        for mount in container.volume_mounts
        if mount.name not in volumes
    )
    maps = {found.metadata.name: found.values for found in manifests.of(ConfigMap)}
    secrets = {found.metadata.name: found.values for found in manifests.of(Secret)}
    for group in container.env_from:
        yield from _group(group, {*maps, *brought("ConfigMap", manifests)}, {*secrets, *brought("Secret", manifests)})
    for variable in container.env:
        yield from _variable(variable, maps, secrets, manifests)


def _probes(container: Container) -> Iterator[str]:
    port = container.ports[0].container_port if container.ports else 8080
    for name in ("readiness", "liveness", "startup"):
        probe: Probe | None = getattr(container, f"{name}_probe")
        asked = probe and (probe.http_get or probe.tcp_socket)
        if asked and asked.port not in {0, port, "http1"}:
            yield f"{name}Probe.port: {asked.port} is not the container's port; remove it"


def _group(group: Variables, maps: set[str], secrets: set[str]) -> Iterator[str]:
    if group.config_map_ref and not group.config_map_ref.optional and group.config_map_ref.name not in maps:
        yield f"envFrom: there is no ConfigMap {group.config_map_ref.name}; add it"
    if group.secret_ref and not group.secret_ref.optional and group.secret_ref.name not in secrets:
        yield f"envFrom: there is no Secret {group.secret_ref.name}; add it"


def _variable(
    variable: Variable,
    maps: dict[str, dict[str, str]],
    secrets: dict[str, dict[str, str]],
    manifests: Manifests,
) -> Iterator[str]:
    if variable.value_from is None:
        return
    for reference, known, kind in (
        (variable.value_from.config_map_key_ref, maps, "ConfigMap"),
        (variable.value_from.secret_key_ref, secrets, "Secret"),
    ):
        if reference is None or reference.optional or reference.name in brought(kind, manifests):
            continue
        if reference.key not in known.get(reference.name, {}):
            yield f"env {variable.name}: there is no key {reference.key} in a {kind} {reference.name}; add it"

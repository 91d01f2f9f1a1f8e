"""Rules for names: every resource that a manifest refers to exists, and every name is used once.

The twin checks these rules when it starts, because like a cluster it cannot run manifests that break the rules.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from local.manifests.cluster import ConfigMap, Secret
from local.manifests.eventing import Destination, KafkaSink, KafkaSource, PingSource
from local.manifests.loading import LocatedResource, Manifests
from local.manifests.serving import Container, Probe, Service
from local.manifests.variables import Variable, VariableGroup
from local.rules.relations import list_external_names

_CONTAINER = "spec.template.spec.containers.0."
#: The values of ConfigMaps or Secrets by their names, and then by their keys.
Values = Mapping[str, Mapping[str, str]]


def check_references(manifests: Manifests) -> Iterator[str]:
    """Yield a line "FILE: KIND NAME: field: what is wrong; what to do" for each problem."""
    yield from _find_duplicate_names(manifests)
    yield from _find_duplicate_consumer_groups(manifests)
    for located in manifests.located_resources:
        yield from (f"{located.location}: {problem}" for problem in _check_resource(located, manifests))


def _find_duplicate_names(manifests: Manifests) -> Iterator[str]:
    counts = Counter(_identify(located) for located in manifests.located_resources)
    for located in manifests.located_resources:
        if counts[_identify(located)] > 1:
            yield f"{located.location}: metadata.name: is used more than once; keep one resource with this name"


def _identify(located: LocatedResource) -> tuple[str, str, str]:
    # The API version is included, because a Kubernetes Service and a Knative Service may have the same name.
    return located.resource.api_version, located.resource.kind, located.name


def _find_duplicate_consumer_groups(manifests: Manifests) -> Iterator[str]:
    counts = Counter(source.spec.consumer_group for source in manifests.select(KafkaSource))
    for located in manifests.located_resources:
        if isinstance(located.resource, KafkaSource) and counts[located.resource.spec.consumer_group] > 1:
            yield f"{located.location}: spec.consumerGroup: another source has the same group; use another name"


def _check_resource(located: LocatedResource, manifests: Manifests) -> Iterator[str]:
    resource = located.resource
    if isinstance(resource, KafkaSource | PingSource):
        yield from _check_destination("spec.sink", resource.spec.sink, manifests)
    if isinstance(resource, KafkaSource) and resource.spec.delivery.dead_letter_sink:
        sink = resource.spec.delivery.dead_letter_sink
        yield from _check_destination("spec.delivery.deadLetterSink", sink, manifests)
    if isinstance(resource, Service):
        yield from (_CONTAINER + problem for problem in _check_container(resource, manifests))


def _check_destination(path: str, destination: Destination, manifests: Manifests) -> Iterator[str]:
    reference = destination.ref
    if reference is None:
        return
    existing = {("Service", service.name) for service in manifests.select(Service)}
    existing |= {("KafkaSink", sink.metadata.name) for sink in manifests.select(KafkaSink)}
    if (reference.kind, reference.name) not in existing:
        yield f"{path}.ref: there is no {reference.kind} {reference.name}; add it or correct the name"


def _check_container(service: Service, manifests: Manifests) -> Iterator[str]:
    container = service.container
    yield from _check_probes(container)
    volumes = {volume.name for volume in service.revision.volumes}
    for mount in container.volume_mounts:
        if mount.name not in volumes:
            yield f"volumeMounts: there is no volume {mount.name}; add it"
    config_maps = {config_map.metadata.name: config_map.values for config_map in manifests.select(ConfigMap)}
    secrets = {secret.metadata.name: secret.values for secret in manifests.select(Secret)}
    for group in container.env_from:
        yield from _check_variable_group(group, config_maps, secrets, manifests)
    for variable in container.env:
        yield from _check_variable(variable, config_maps, secrets, manifests)


def _check_probes(container: Container) -> Iterator[str]:
    port = container.ports[0].container_port if container.ports else 8080
    for name in ("readiness", "liveness", "startup"):
        probe: Probe | None = getattr(container, f"{name}_probe")
        request = probe and (probe.http_get or probe.tcp_socket)
        if request and request.port not in {0, port, "http1"}:
            yield f"{name}Probe.port: {request.port} is not the container's port; remove it"


def _check_variable_group(
    group: VariableGroup, config_maps: Values, secrets: Values, manifests: Manifests
) -> Iterator[str]:
    for reference, existing, kind in (
        (group.config_map_ref, config_maps, "ConfigMap"),
        (group.secret_ref, secrets, "Secret"),
    ):
        if reference is None or reference.optional:
            continue
        if reference.name not in existing.keys() | list_external_names(kind, manifests):
            yield f"envFrom: there is no {kind} {reference.name}; add it"


def _check_variable(variable: Variable, config_maps: Values, secrets: Values, manifests: Manifests) -> Iterator[str]:
    if variable.value_from is None:
        return
    for reference, existing, kind in (
        (variable.value_from.config_map_key_ref, config_maps, "ConfigMap"),
        (variable.value_from.secret_key_ref, secrets, "Secret"),
    ):
        if reference is None or reference.optional or reference.name in list_external_names(kind, manifests):
            continue
        if reference.key not in existing.get(reference.name, {}):
            yield f"env {variable.name}: there is no key {reference.key} in a {kind} {reference.name}; add it"

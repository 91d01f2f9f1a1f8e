"""What a pod or a dispatcher is told to use must be there, or Kubernetes and Knative wait for it for ever."""

from collections.abc import Iterator

from local.manifests.cluster import Secret
from local.manifests.eventing import KafkaSource, Net
from local.manifests.loading import Manifests
from local.manifests.pod import Volume
from local.manifests.serving import Service
from local.manifests.variables import KeyRef
from local.rules.landscape import brought, names

_POD = "spec.template.spec"


def runs_with_what_is_there(service: Service, manifests: Manifests) -> Iterator[str]:
    wanted = [
        ("serviceAccountName", "ServiceAccount", service.revision.service_account_name),
        ("priorityClassName", "PriorityClass", service.revision.priority_class_name),
        *((f"volumes.{volume.name}", *_mounted(volume)) for volume in service.revision.volumes),
    ]
    for field, kind, name in wanted:
        if name is not None and name not in names(kind, manifests) | brought(kind, manifests):
            yield f"{_POD}.{field}: there is no {kind} {name}; add it or correct the name"


def logs_in_with_what_is_there(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    secrets = {found.metadata.name: found.values for found in manifests.of(Secret)}
    known = brought("Secret", manifests)
    for reference in _asked(source.spec.net):
        if reference.name not in known and reference.key not in secrets.get(reference.name, {}):
            yield f"spec.net: there is no key {reference.key} in a Secret {reference.name}; add it or correct the name"


def _mounted(volume: Volume) -> tuple[str, str | None]:
    """The kind and the name of what has to be there for this volume."""
    if volume.persistent_volume_claim:
        return "PersistentVolumeClaim", volume.persistent_volume_claim.claim_name
    if volume.config_map and not volume.config_map.optional:
        return "ConfigMap", volume.config_map.name
    if volume.secret and not volume.secret.optional:
        return "Secret", volume.secret.secret_name
    return "nothing", None


def _asked(net: Net) -> list[KeyRef]:
    values = (net.sasl.user, net.sasl.password, net.sasl.type, net.tls.cert, net.tls.key, net.tls.ca_cert)
    return [value.secret_key_ref for value in values if value]

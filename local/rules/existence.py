"""Rules for references of pods and sources: Kubernetes and Knative wait forever for a resource that does not exist."""

from collections.abc import Iterator

from local.manifests.cluster import Secret
from local.manifests.eventing import KafkaSource, Net
from local.manifests.loading import Manifests
from local.manifests.pod import Volume
from local.manifests.serving import Service
from local.manifests.variables import KeyRef
from local.rules.relations import list_external_names, list_names

_POD = "spec.template.spec"


def check_pod_references(service: Service, manifests: Manifests) -> Iterator[str]:
    """Check that the ServiceAccount, the PriorityClass and the volumes of a Service exist."""
    references = [
        ("serviceAccountName", "ServiceAccount", service.revision.service_account_name),
        ("priorityClassName", "PriorityClass", service.revision.priority_class_name),
        *((f"volumes.{volume.name}", *_get_volume_source(volume)) for volume in service.revision.volumes),
    ]
    for field, kind, name in references:
        if name is not None and name not in list_names(kind, manifests) | list_external_names(kind, manifests):
            yield f"{_POD}.{field}: there is no {kind} {name}; add it or correct the name"


def check_login_secrets(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    """Check that the Secrets with which a source connects to Kafka exist and have the required keys."""
    secrets = {secret.metadata.name: secret.values for secret in manifests.select(Secret)}
    external = list_external_names("Secret", manifests)
    for reference in _list_secret_keys(source.spec.net):
        if reference.name not in external and reference.key not in secrets.get(reference.name, {}):
            yield f"spec.net: there is no key {reference.key} in a Secret {reference.name}; add it or correct the name"


def _get_volume_source(volume: Volume) -> tuple[str, str | None]:
    """Return the kind and the name of the resource that a volume needs; the name is None if it needs no resource."""
    if volume.persistent_volume_claim:
        return "PersistentVolumeClaim", volume.persistent_volume_claim.claim_name
    if volume.config_map and not volume.config_map.optional:
        return "ConfigMap", volume.config_map.name
    if volume.secret and not volume.secret.optional:
        return "Secret", volume.secret.secret_name
    return "nothing", None


def _list_secret_keys(net: Net) -> list[KeyRef]:
    values = (net.sasl.user, net.sasl.password, net.sasl.type, net.tls.cert, net.tls.key, net.tls.ca_cert)
    return [value.secret_key_ref for value in values if value]

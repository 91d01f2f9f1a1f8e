"""A function asks for nothing that it does not need: Kubernetes' restricted standard, a read-only root, no token."""

from collections.abc import Iterator

from local.manifests.loading import Manifests
from local.manifests.serving import Service

_CONTEXT = "spec.template.spec.containers.0.securityContext"
_RESOURCES = "spec.template.spec.containers.0.resources"


def is_restricted(service: Service, _: Manifests) -> Iterator[str]:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards, restricted; and a root that is read only."""
    context = service.container.security_context
    if context.allow_privilege_escalation is not False:
        yield f"{_CONTEXT}.allowPrivilegeEscalation: is not false; write false"
    if context.read_only_root_filesystem is not True:
        yield f"{_CONTEXT}.readOnlyRootFilesystem: is not true; write true, and mount an emptyDir at /tmp"
    if context.run_as_non_root is not True or context.run_as_user == 0:
        yield f"{_CONTEXT}.runAsNonRoot: it may run as root; write true, and no runAsUser 0"
    if context.capabilities.drop != ["ALL"] or context.capabilities.add:
        yield f"{_CONTEXT}.capabilities: some are kept; write drop: [ALL], and no add"
    if context.seccomp_profile is None or context.seccomp_profile.type != "RuntimeDefault":
        yield f"{_CONTEXT}.seccompProfile.type: is not RuntimeDefault; write that"


def holds_no_token(service: Service, _: Manifests) -> Iterator[str]:
    if service.revision.automount_service_account_token is not False:
        yield "spec.template.spec.automountServiceAccountToken: it gets a token of the API server; write false"
    if service.revision.enable_service_links is not False:
        yield "spec.template.spec.enableServiceLinks: its environment fills with addresses of others; write false"


def says_what_it_needs(service: Service, _: Manifests) -> Iterator[str]:
    resources = service.container.resources
    for kind, name in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
        if name not in resources.get(kind, {}):  # type: ignore[call-overload]  # a Literal as key
            yield f"{_RESOURCES}.{kind}.{name}: is unset; say what it needs"


def can_write_to_tmp(service: Service, _: Manifests) -> Iterator[str]:
    writable = {volume.name for volume in service.revision.volumes if volume.empty_dir is not None}
    if not any(mount.mount_path == "/tmp" and mount.name in writable for mount in service.container.volume_mounts):  # noqa: S108  # the rule
        yield "spec.template.spec.containers.0.volumeMounts: there is no place to write; mount an emptyDir at /tmp"


def is_seen_in_the_cluster_alone(service: Service, _: Manifests) -> Iterator[str]:
    """Whoever reaches a function can tell it anything; only the gateway is made for strangers."""
    if service.public and not service.name.endswith("gateway"):
        yield "metadata.labels: the world may call it; add networking.knative.dev/visibility: cluster-local"

"""Rules for pods: Kubernetes' security standard `restricted`, a read-only file system, resources, no API access."""

from collections.abc import Iterator

from local.manifests.loading import Manifests
from local.manifests.serving import Service

_CONTEXT = "spec.template.spec.containers.0.securityContext"
_RESOURCES = "spec.template.spec.containers.0.resources"


def check_security_context(service: Service, _: Manifests) -> Iterator[str]:
    """Check the profile `restricted` of Kubernetes' pod security standards, and a read-only root file system.

    https://kubernetes.io/docs/concepts/security/pod-security-standards
    """
    context = service.container.security_context
    if context.allow_privilege_escalation is not False:
        yield f"{_CONTEXT}.allowPrivilegeEscalation: is not false; write false"
    if context.read_only_root_filesystem is not True:
        yield f"{_CONTEXT}.readOnlyRootFilesystem: is not true; write true, and mount an emptyDir at /tmp"
    if context.run_as_non_root is not True or context.run_as_user == 0:
        yield f"{_CONTEXT}.runAsNonRoot: the container may run as root; write true, and no runAsUser 0"
    if context.capabilities.drop != ["ALL"] or context.capabilities.add:
        yield f"{_CONTEXT}.capabilities: not all are dropped; write drop: [ALL], and no add"
    if context.seccomp_profile is None or context.seccomp_profile.type != "RuntimeDefault":
        yield f"{_CONTEXT}.seccompProfile.type: is not RuntimeDefault; write RuntimeDefault"


def check_no_api_access(service: Service, _: Manifests) -> Iterator[str]:
    """Check that the pod gets neither a token of the API server nor the addresses of other services."""
    if service.revision.automount_service_account_token is not False:
        yield "spec.template.spec.automountServiceAccountToken: the pod gets a token of the API server; write false"
    if service.revision.enable_service_links is not False:
        yield "spec.template.spec.enableServiceLinks: the environment gets addresses of other Services; write false"


def check_resources_are_set(service: Service, _: Manifests) -> Iterator[str]:
    """Check that the container requests CPU and memory and has a memory limit."""
    resources = service.container.resources
    for kind, name in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
        if name not in resources.get(kind, {}):  # type: ignore[call-overload]  # the key is a Literal, `kind` a str
            yield f"{_RESOURCES}.{kind}.{name}: is unset; set what the function needs"


def check_tmp_is_writable(service: Service, _: Manifests) -> Iterator[str]:
    """Check that an emptyDir is mounted at /tmp, because the root file system is read-only."""
    writable = {volume.name for volume in service.revision.volumes if volume.empty_dir is not None}
    mounts = service.container.volume_mounts
    if not any(mount.mount_path == "/tmp" and mount.name in writable for mount in mounts):  # noqa: S108  # a path in the container
        yield "spec.template.spec.containers.0.volumeMounts: no folder is writable; mount an emptyDir at /tmp"


def check_is_cluster_local(service: Service, _: Manifests) -> Iterator[str]:
    """Check that only the gateway is exposed: functions trust every event that they receive."""
    if service.is_public and not service.name.endswith("gateway"):
        yield (
            "metadata.labels: clients outside the cluster may call this function; add "
            "networking.knative.dev/visibility: cluster-local"
        )

"""Checks of manifests before the twin runs them: broken references, and fields that this machine does not support."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import structlog

from local.manifests.eventing import KafkaSource
from local.manifests.loading import ManifestError, Manifests, Resource
from local.manifests.serving import Service
from local.rules.references import check_references
from local.rules.relations import count_partitions
from local.twin.services import limits
from local.twin.services.environment import get_program_path

log = structlog.get_logger()

# Fields that a cluster enforces. The twin can ignore them, because they do not change the results of a function.
_UNENFORCED_CONTAINER_FIELDS = ("security_context",)
_UNENFORCED_POD_FIELDS = (
    "node_selector",
    "tolerations",
    "runtime_class_name",
    "priority_class_name",
    "security_context",
    "image_pull_secrets",
    "service_account_name",
    "automount_service_account_token",
    "enable_service_links",
)


def check_manifests(manifests: Manifests) -> None:
    """Raise ManifestError with all problems of the manifests, if there are any.

    Log a warning for each source that probably does not behave as its author expects.
    """
    problems = list(check_references(manifests))
    for located in manifests.located_resources:
        problems += [f"{located.location}: {problem}" for problem in _find_unsupported_fields(located.resource)]
    if problems:
        raise ManifestError(problems)
    for warning in find_warnings(manifests):
        log.warning(warning.name, source=warning.source, **warning.details)


@dataclass(frozen=True)
class ManifestWarning:
    """A warning that a source probably does not behave as its author expects.

    `name` is the name of the log event, `source` the name of the KafkaSource, and `details` are further log fields.
    """

    name: str
    source: str
    details: Mapping[str, int | str]


def find_warnings(manifests: Manifests) -> list[ManifestWarning]:
    """Return warnings about sources that are valid but probably do not behave as their authors expect."""
    return [warning for source in manifests.select(KafkaSource) for warning in _find_source_warnings(source, manifests)]


def list_unenforced_fields(manifests: Manifests) -> dict[str, list[str]]:
    """Return the fields that a cluster would enforce and the twin does not, by the name of their Service."""
    by_service = {service.name: list(_list_unenforced_service_fields(service)) for service in manifests.select(Service)}
    return {name: fields for name, fields in by_service.items() if fields}


def _find_unsupported_fields(resource: Resource) -> Iterator[str]:
    if isinstance(resource, Service):
        yield from (f"spec.template.spec.containers.0.{problem}" for problem in _find_container_problems(resource))


def _find_container_problems(service: Service) -> Iterator[str]:
    container = service.container
    if not container.command:
        yield "command: the twin pulls no images; give the container a command"
    elif not shutil.which(container.command[0], path=get_program_path()):
        yield f"command: there is no program {container.command[0]} on this machine; install it or correct the name"
    if container.working_dir and not Path(container.working_dir).is_dir():
        yield f"workingDir: there is no folder {container.working_dir} on this machine; remove it"
    yield from limits.find_problems(container)
    for mount in container.volume_mounts:
        if PurePosixPath("/tmp") not in (path := PurePosixPath(mount.mount_path), *path.parents):  # noqa: S108  # a path in the container
            yield f"volumeMounts: the twin mounts nothing at {mount.mount_path}; mount at /tmp or below it"


def _find_source_warnings(source: KafkaSource, manifests: Manifests) -> Iterator[ManifestWarning]:
    name = source.metadata.name
    if source.not_ready_reason:
        yield ManifestWarning("source.never_ready", name, {"reason": source.not_ready_reason})
    if source.spec.delivery.dead_letter_sink is None:
        yield ManifestWarning("source.without_dead_letter_sink", name, {})
    if source.spec.ordering == "ordered" and source.spec.consumers < (
        partitions := count_partitions(source, manifests)
    ):
        # Several partitions then share a consumer. A partition can get its first delivery only after the backlog of the
        # others (see OrderedConsumer).
        yield ManifestWarning("source.would_starve_partitions", name, {"partitions": partitions})


def _list_unenforced_service_fields(service: Service) -> Iterator[str]:
    yield from (name for name in _UNENFORCED_CONTAINER_FIELDS if name in service.container.model_fields_set)
    yield from limits.list_unenforced_fields(service)
    yield from (name for name in _UNENFORCED_POD_FIELDS if name in service.revision.model_fields_set)

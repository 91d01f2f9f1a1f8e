"""What keeps the twin from running manifests: what they name and nobody has, and what this machine cannot do."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import structlog

from local.manifests.eventing import KafkaSource
from local.manifests.loading import ManifestError, Manifests, Resource
from local.manifests.serving import Service
from local.rules.landscape import partitions
from local.rules.references import references
from local.twin.services import limits
from local.twin.services.environment import program_path

log = structlog.get_logger()

# What Kubernetes enforces and one machine does not; none of it changes what a function computes.
_NOT_ENFORCED = ("security_context",)
_POD_NOT_ENFORCED = (
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


def check(manifests: Manifests) -> None:
    """Raise ManifestError with every problem."""
    problems = list(references(manifests))
    for placed in manifests.placed:
        problems += [f"{placed.place}: {problem}" for problem in _not_here(placed.resource)]
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
    return [doubt for source in manifests.of(KafkaSource) for doubt in _about_source(source, manifests)]


def not_enforced(manifests: Manifests) -> dict[str, list[str]]:
    """By Service, the fields that a cluster would enforce and the twin does not."""
    found = {service.name: list(_fields_not_enforced(service)) for service in manifests.of(Service)}
    return {name: fields for name, fields in found.items() if fields}


def _not_here(resource: Resource) -> Iterator[str]:
    if isinstance(resource, Service):
        yield from (f"spec.template.spec.containers.0.{problem}" for problem in _container(resource))


def _container(service: Service) -> Iterator[str]:
    container = service.container
    if not container.command:
        yield "command: the twin pulls no images; give the container a command"
    elif not shutil.which(container.command[0], path=program_path()):
        yield f"command: there is no program {container.command[0]} on this machine; install it or correct the name"
    if container.working_dir and not Path(container.working_dir).is_dir():
        yield f"workingDir: there is no folder {container.working_dir} on this machine; remove it"
    yield from limits.problems(container)
    for mount in container.volume_mounts:
        if PurePosixPath("/tmp") not in (path := PurePosixPath(mount.mount_path), *path.parents):  # noqa: S108  # the rule
            yield f"volumeMounts: the twin mounts nothing at {mount.mount_path}; mount at /tmp or below it"


def _about_source(source: KafkaSource, manifests: Manifests) -> Iterator[Doubt]:
    name = source.metadata.name
    if source.never_ready:
        yield Doubt("source.never_ready", name, {"why": source.never_ready})
    if source.spec.delivery.dead_letter_sink is None:
        yield Doubt("source.without_dead_letter_sink", name, {})
    if source.spec.ordering == "ordered" and source.spec.consumers < (most := partitions(source, manifests)):
        # One that it has not met waits behind the backlog of those that it has.
        yield Doubt("source.would_starve_partitions", name, {"partitions": most})


def _fields_not_enforced(service: Service) -> Iterator[str]:
    yield from (name for name in _NOT_ENFORCED if name in service.container.model_fields_set)
    yield from limits.not_enforced(service)
    yield from (name for name in _POD_NOT_ENFORCED if name in service.revision.model_fields_set)

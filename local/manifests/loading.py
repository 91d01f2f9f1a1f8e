"""Loading of resources from the YAML files of folders. All problems are reported together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog
import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from local.manifests.cluster import ConfigMap, IgnoredResource, KafkaTopic, KafkaUser, Secret
from local.manifests.eventing import KafkaSink, KafkaSource, PingSource
from local.manifests.serving import Service

log = structlog.get_logger()

Resource = (
    Service | KafkaSource | KafkaSink | PingSource | KafkaTopic | KafkaUser | ConfigMap | Secret | IgnoredResource
)
_ResourceClass = TypeVar(
    "_ResourceClass", Service, KafkaSource, KafkaSink, PingSource, KafkaTopic, KafkaUser, ConfigMap, Secret
)

_KINDS: dict[str, type[Resource]] = {
    "Service": Service,
    "KafkaSource": KafkaSource,
    "KafkaSink": KafkaSink,
    "PingSource": PingSource,
    "KafkaTopic": KafkaTopic,
    "KafkaUser": KafkaUser,
    "ConfigMap": ConfigMap,
    "Secret": Secret,
    **dict.fromkeys(IgnoredResource.model_fields["kind"].annotation.__args__, IgnoredResource),  # type: ignore[union-attr]  # a Literal
}
#: Names of files for kustomize. These files contain no resource.
KUSTOMIZATIONS = {"kustomization.yaml", "kustomization.yml"}


class ManifestError(Exception):
    """Manifests that do not fit their models. The error text has one line per problem.

    The form of a line is "FILE: KIND NAME: field: what is wrong; what to do".
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class LocatedResource:
    """A resource and the file that contains it."""

    file: Path
    resource: Resource

    @property
    def name(self) -> str:
        metadata = self.resource.metadata
        return str(metadata.get("name")) if isinstance(metadata, dict) else metadata.name

    @property
    def location(self) -> str:
        """The text "FILE: KIND NAME", the beginning of every message about the resource."""
        return f"{self.file}: {self.resource.kind} {self.name}"


@dataclass(frozen=True)
class Manifests:
    """The resources of some folders, in the order of the file names."""

    located_resources: tuple[LocatedResource, ...]

    def select(self, kind: type[_ResourceClass]) -> list[_ResourceClass]:
        """Return the resources of the class `kind`, in the order of the files."""
        return [located.resource for located in self.located_resources if isinstance(located.resource, kind)]


def load_manifests(folders: Iterable[Path]) -> Manifests:
    """Return the resources of all YAML files below `folders`.

    Raise ManifestError with all problems, or if there are no resources.
    """
    located, problems = parse_manifests((file, file.read_bytes()) for file in _find_files(folders))
    if not located and not problems:
        problems.append(f"{', '.join(map(str, folders))}: no manifests; choose a folder with manifests")
    if problems:
        raise ManifestError(problems)
    _log_ignored_resources(located)
    return Manifests(tuple(located))


def parse_manifests(files: Iterable[tuple[Path, bytes]]) -> tuple[list[LocatedResource], list[str]]:
    """Return the resources that fit their models, and one line for each problem of other resources."""
    located: list[LocatedResource] = []
    problems: list[str] = []
    for file, content in files:
        for document in _parse_documents(file, content, problems):
            try:
                located.append(LocatedResource(file, _build_resource(document)))
            except ValidationError as error:
                problems += [
                    f"{_describe_location(file, document)}: {_describe_problem(detail)}" for detail in error.errors()
                ]
            except ManifestError as error:
                problems += [f"{_describe_location(file, document)}: {problem}" for problem in error.problems]
    return located, problems


def _find_files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        files = (file for pattern in ("*.yaml", "*.yml") for file in folder.rglob(pattern))
        yield from sorted(file for file in files if file.name not in KUSTOMIZATIONS)


def _parse_documents(file: Path, content: bytes, problems: list[str]) -> Iterator[Any]:
    """Yield the YAML documents in `content`. If it is no YAML, add a line to `problems`."""
    try:
        # The loader in C takes 0.1 s for the product's manifests, and the one in Python 0.9 s.
        documents = yaml.load_all(content.decode("utf-8"), Loader=yaml.CSafeLoader)
        yield from (document for document in documents if document is not None)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(f"{file}: is no YAML ({' '.join(str(error).split())}); correct it")


def _build_resource(document: Any) -> Resource:
    if not isinstance(document, dict):
        raise ManifestError(["is no mapping; write apiVersion, kind, metadata and spec"])
    model = _KINDS.get(str(document.get("kind")))
    if model is None:
        raise ManifestError(
            [f"kind: the twin supports only {', '.join(sorted(_KINDS))}; move this resource out of the folder"]
        )
    return model.model_validate(document)


def _describe_location(file: Path, document: Any) -> str:
    if not isinstance(document, dict):
        return f"{file}: document"
    metadata = document.get("metadata")
    name = metadata.get("name", "without a name") if isinstance(metadata, dict) else "without a name"
    return f"{file}: {document.get('kind', 'document without kind')} {name}"


def _describe_problem(detail: ErrorDetails) -> str:
    path = ".".join(str(part) for part in detail["loc"]) or "spec"
    match detail["type"]:
        case "extra_forbidden":
            return f"{path}: the twin does not know this field; correct its name or remove it"
        case "missing":
            return f"{path}: is missing; add it"
        case "value_error":
            return f"{path}: {detail['msg'].removeprefix('Value error, ')}"
        case _:
            return f"{path}: {detail['msg']}; change it"


def _log_ignored_resources(located: Iterable[LocatedResource]) -> None:
    for entry in located:
        if isinstance(entry.resource, IgnoredResource | KafkaUser):
            log.info("manifest.ignored", kind=entry.resource.kind, name=entry.name)

"""Loads the YAML of folders into resources, or says everything that is wrong with them at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog
import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from local.manifests.cluster import ConfigMap, Ignored, KafkaTopic, KafkaUser, Secret
from local.manifests.eventing import KafkaSink, KafkaSource, PingSource
from local.manifests.serving import Service

log = structlog.get_logger()

Resource = Service | KafkaSource | KafkaSink | PingSource | KafkaTopic | KafkaUser | ConfigMap | Secret | Ignored
_R = TypeVar("_R", Service, KafkaSource, KafkaSink, PingSource, KafkaTopic, KafkaUser, ConfigMap, Secret)

_KINDS: dict[str, type[Resource]] = {
    "Service": Service,
    "KafkaSource": KafkaSource,
    "KafkaSink": KafkaSink,
    "PingSource": PingSource,
    "KafkaTopic": KafkaTopic,
    "KafkaUser": KafkaUser,
    "ConfigMap": ConfigMap,
    "Secret": Secret,
    **dict.fromkeys(Ignored.model_fields["kind"].annotation.__args__, Ignored),  # type: ignore[union-attr]  # a Literal
}
#: Files for kustomize, which hold no resource.
KUSTOMIZATIONS = {"kustomization.yaml", "kustomization.yml"}


class ManifestError(Exception):
    """One line per problem: "FILE: KIND NAME: field path: what is wrong; what to do"."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Placed:
    """A resource and the file that it stands in."""

    file: Path
    resource: Resource

    @property
    def name(self) -> str:
        metadata = self.resource.metadata
        return str(metadata.get("name")) if isinstance(metadata, dict) else metadata.name

    @property
    def place(self) -> str:
        return f"{self.file}: {self.resource.kind} {self.name}"


@dataclass(frozen=True)
class Manifests:
    """All resources of the folders, in the order of the file names."""

    placed: tuple[Placed, ...]

    def of(self, kind: type[_R]) -> list[_R]:
        return [placed.resource for placed in self.placed if isinstance(placed.resource, kind)]


def load(folders: Iterable[Path]) -> Manifests:
    """Every resource of every YAML file below `folders`; raises ManifestError with all shape errors together."""
    placed, problems = read((file, file.read_bytes()) for file in _files(folders))
    if not placed and not problems:
        problems.append(f"{', '.join(map(str, folders))}: no manifests; name a folder that holds some")
    if problems:
        raise ManifestError(problems)
    _name_ignored(placed)
    return Manifests(tuple(placed))


def read(files: Iterable[tuple[Path, bytes]]) -> tuple[list[Placed], list[str]]:
    """The resources of these files that have a shape, and what is wrong with the others."""
    placed: list[Placed] = []
    problems: list[str] = []
    for file, content in files:
        for document in _documents(file, content, problems):
            try:
                placed.append(Placed(file, _resource(document)))
            except ValidationError as error:
                problems += [f"{_place(file, document)}: {_problem(detail)}" for detail in error.errors()]
            except ManifestError as error:
                problems += [f"{_place(file, document)}: {problem}" for problem in error.problems]
    return placed, problems


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        found = (file for pattern in ("*.yaml", "*.yml") for file in folder.rglob(pattern))
        yield from sorted(file for file in found if file.name not in KUSTOMIZATIONS)


def _documents(file: Path, content: bytes, problems: list[str]) -> Iterator[Any]:
    try:
        yield from (document for document in yaml.safe_load_all(content.decode("utf-8")) if document is not None)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(f"{file}: no YAML ({' '.join(str(error).split())}); correct it")


def _resource(document: Any) -> Resource:
    if not isinstance(document, dict):
        raise ManifestError(["is no mapping; write apiVersion, kind, metadata and spec"])
    model = _KINDS.get(str(document.get("kind")))
    if model is None:
        raise ManifestError([f"kind: the twin knows {', '.join(sorted(_KINDS))}; move it out of this folder"])
    return model.model_validate(document)


def _place(file: Path, document: Any) -> str:
    if not isinstance(document, dict):
        return f"{file}: document"
    metadata = document.get("metadata")
    name = metadata.get("name", "without a name") if isinstance(metadata, dict) else "without a name"
    return f"{file}: {document.get('kind', 'document without kind')} {name}"


def _problem(detail: ErrorDetails) -> str:
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


def _name_ignored(placed: Iterable[Placed]) -> None:
    for found in placed:
        if isinstance(found.resource, Ignored | KafkaUser):
            log.info("manifest.means_nothing_here", kind=found.resource.kind, name=found.name)

"""What a cluster is expected to have: read from knative/platform and from the manifests, and listed nowhere else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.manifests.loading import KUSTOMIZATIONS

PLATFORM = Path(__file__).resolve().parents[3] / "knative/platform"

_VERSIONS = "versions.yaml"


@dataclass(frozen=True)
class Component:
    """Something with a version. Its `definition` is a custom resource definition; Kubernetes itself has none."""

    name: str
    version: str
    definition: str | None = None


@dataclass(frozen=True)
class Values:
    """A ConfigMap or a Secret, and what it should hold."""

    file: str
    kind: str
    name: str
    namespace: str | None
    data: Mapping[str, str]


@dataclass(frozen=True, order=True)
class Kind:
    """A kind of resource in one version of its group."""

    api_version: str
    name: str


@dataclass(frozen=True)
class Expected:
    """`resources` are the names by kind, of the kinds that are not Kubernetes' own."""

    components: Sequence[Component]
    configs: Sequence[Values]
    settings: Sequence[Values]
    resources: Mapping[Kind, frozenset[str]]


def read(manifests: Iterable[Path], platform: Path = PLATFORM) -> Expected:
    """Raises OSError and yaml.YAMLError."""
    stated = [(file, found) for file, found in _documents([platform]) if file.name != _VERSIONS]
    ours = list(_documents(manifests))
    configs = [_values(file, found) for file, found in stated if "namespace" in found["metadata"]]
    templates = [_values(file, found) for file, found in stated if "namespace" not in found["metadata"]]
    shared = {found.name for found in templates}
    maps = [_values(file, found) for file, found in ours if found["kind"] == "ConfigMap"]
    # Only what functions are given under the same name as their Secret; a collector's is its own business.
    settings = [*(one for one in maps if one.name in shared), *templates]
    return Expected(_components(platform / _VERSIONS), configs, settings, _resources(found for _, found in ours))


def _components(file: Path) -> list[Component]:
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [Component(name, **about) for name, about in said.items()]


def _documents(folders: Iterable[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for folder in folders:
        for file in sorted(folder.rglob("*.yaml")):
            if file.name not in KUSTOMIZATIONS:
                for found in yaml.safe_load_all(file.read_text(encoding="utf-8")):
                    if found:
                        yield file, found


def _values(file: Path, found: Mapping[str, Any]) -> Values:
    metadata = found["metadata"]
    data = {**found.get("data", {}), **found.get("stringData", {})}
    return Values(file.name, found["kind"], metadata["name"], metadata.get("namespace"), data)


def _resources(found: Iterable[Mapping[str, Any]]) -> dict[Kind, frozenset[str]]:
    names: dict[Kind, set[str]] = {}
    for resource in found:
        if _is_custom(resource["apiVersion"]):
            names.setdefault(Kind(resource["apiVersion"], resource["kind"]), set()).add(resource["metadata"]["name"])
    return {kind: frozenset(those) for kind, those in sorted(names.items())}


def _is_custom(api_version: str) -> bool:
    """Kubernetes' own groups have no dot, or end in k8s.io."""
    group = api_version.partition("/")[0]
    return "." in group and not group.endswith("k8s.io")

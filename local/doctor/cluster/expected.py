"""The expected state of a cluster, read from knative/platform and the manifests."""

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
    """A component of the cluster, and the version for which Pagebus is made.

    `definition` is the name of a custom resource definition of the component, or None for Kubernetes itself.
    """

    name: str
    version: str
    definition: str | None = None


@dataclass(frozen=True)
class ExpectedValues:
    """A ConfigMap or a Secret with the values that it should have. `file` is the name of the file that declares it.

    `namespace` is None for a resource in the namespace of the functions.
    """

    file: str
    kind: str
    name: str
    namespace: str | None
    data: Mapping[str, str]


@dataclass(frozen=True, order=True)
class ResourceKind:
    """A kind of resource in one API version, such as Service in serving.knative.dev/v1."""

    api_version: str
    name: str


@dataclass(frozen=True)
class ExpectedCluster:
    """The expected state of a cluster.

    `configs` are ConfigMaps of Knative. `settings` are ConfigMaps and Secrets with the settings of functions.
    `resources` has the names of custom resources by kind. Built-in kinds of Kubernetes are not included.
    """

    components: Sequence[Component]
    configs: Sequence[ExpectedValues]
    settings: Sequence[ExpectedValues]
    resources: Mapping[ResourceKind, frozenset[str]]


def load_expected_cluster(manifests: Iterable[Path], platform: Path = PLATFORM) -> ExpectedCluster:
    """Return the expected state. `manifests` are the folders with manifests, and `platform` is knative/platform.

    Raise OSError or yaml.YAMLError if a file cannot be read.
    """
    platform_documents = [(file, document) for file, document in _load_documents([platform]) if file.name != _VERSIONS]
    product_documents = list(_load_documents(manifests))
    # The ConfigMaps of Knative have a namespace. The template of the functions' Secret has none.
    configs = [_to_values(file, document) for file, document in platform_documents if _has_namespace(document)]
    templates = [_to_values(file, document) for file, document in platform_documents if not _has_namespace(document)]
    template_names = {template.name for template in templates}
    config_maps = [
        _to_values(file, document) for file, document in product_documents if document["kind"] == "ConfigMap"
    ]
    # The ConfigMap of the functions has the same name as their Secret. Other ConfigMaps, such as a collector's, have
    # other names and are not checked.
    settings = [*(config_map for config_map in config_maps if config_map.name in template_names), *templates]
    resources = _collect_resources(document for _, document in product_documents)
    return ExpectedCluster(_load_components(platform / _VERSIONS), configs, settings, resources)


def _has_namespace(document: Mapping[str, Any]) -> bool:
    return "namespace" in document["metadata"]


def _load_components(file: Path) -> list[Component]:
    versions = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [Component(name, **fields) for name, fields in versions.items()]


def _load_documents(folders: Iterable[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for folder in folders:
        for file in sorted(folder.rglob("*.yaml")):
            if file.name not in KUSTOMIZATIONS:
                for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
                    if document:
                        yield file, document


def _to_values(file: Path, document: Mapping[str, Any]) -> ExpectedValues:
    metadata = document["metadata"]
    data = {**document.get("data", {}), **document.get("stringData", {})}
    return ExpectedValues(file.name, document["kind"], metadata["name"], metadata.get("namespace"), data)


def _collect_resources(documents: Iterable[Mapping[str, Any]]) -> dict[ResourceKind, frozenset[str]]:
    names: dict[ResourceKind, set[str]] = {}
    for document in documents:
        if _is_custom(document["apiVersion"]):
            kind = ResourceKind(document["apiVersion"], document["kind"])
            names.setdefault(kind, set()).add(document["metadata"]["name"])
    return {kind: frozenset(kind_names) for kind, kind_names in sorted(names.items())}


def _is_custom(api_version: str) -> bool:
    """Return whether the API version is that of custom resources. Built-in groups have no dot, or end in k8s.io."""
    group = api_version.partition("/")[0]
    return "." in group and not group.endswith("k8s.io")

"""Helpers for tests: build manifests with kustomize, and select them by kind."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from local.rules.kustomize import build_manifests
from tests.kit import ROOT

KNATIVE = ROOT / "knative"
OVERLAYS = sorted(path.parent for path in (KNATIVE / "overlays").glob("*/kustomization.yaml"))
#: The components that can be combined. kafka-mtls replaces kafka-tls, and without-models removes engines.
COMPONENTS = [f"components/{name}" for name in ("gpu", "kafka-tls", "persistent-models", "priorities")]

ROLE = "pagebus.io/role"

Manifest = dict[str, Any]


@cache
def build(folder: Path) -> tuple[Manifest, ...]:
    """Return the manifests that `kubectl apply -k` applies from the folder."""
    return tuple(yaml.safe_load_all(build_manifests(folder)))


@cache
def build_product() -> tuple[Manifest, ...]:
    """Return the base with all components."""
    with TemporaryDirectory() as folder:
        return compose(Path(folder), resources=["base"], components=COMPONENTS)


def select(manifests: Iterable[Manifest], kind: str, group: str = "") -> dict[str, Manifest]:
    """Return the manifests of a kind, by name. `group` distinguishes Knative's Service from that of Kubernetes."""
    return {
        manifest["metadata"]["name"]: manifest
        for manifest in manifests
        if manifest["kind"] == kind and manifest["apiVersion"].startswith(group)
    }


def select_services(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    return select(manifests, "Service", "serving.knative.dev/")


def select_engines(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    """Return the Services of engines, by name."""
    return {
        name: service
        for name, service in select_services(manifests).items()
        if service["metadata"]["labels"].get(ROLE) == "engine"
    }


def get_pod_spec(service: Manifest) -> Any:
    return service["spec"]["template"]["spec"]


def get_container(service: Manifest) -> Any:
    (container,) = get_pod_spec(service)["containers"]
    return container


def read_environment(service: Manifest) -> dict[str, Any]:
    """Return the environment variables: by name, the value or the reference to it."""
    return {
        variable["name"]: variable.get("value", variable.get("valueFrom")) for variable in get_container(service)["env"]
    }


def read_annotations(service: Manifest) -> dict[str, str]:
    return dict(service["spec"]["template"]["metadata"]["annotations"])


def select_sources(manifests: Iterable[Manifest], service: str) -> list[Manifest]:
    sources = select(manifests, "KafkaSource").values()
    return [source for source in sources if source["spec"]["sink"]["ref"]["name"] == service]


def count_partitions(manifests: Iterable[Manifest]) -> dict[str, int]:
    """Return the number of partitions by topic."""
    return {
        topic["spec"]["topicName"]: topic["spec"]["partitions"] for topic in select(manifests, "KafkaTopic").values()
    }


def compose(folder: Path, **fields: object) -> tuple[Manifest, ...]:
    """Write a kustomization with these fields into `folder`, and build it. Its paths are relative to knative/."""
    relative = {
        name: [_make_relative(folder, path) for path in value] if name in {"resources", "components"} else value
        for name, value in fields.items()
        if isinstance(value, list | str)
    }
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({**head, **relative}))
    return build(folder)


def _make_relative(folder: Path, path: str) -> str:
    up = "/".join([".."] * (len(folder.resolve().parts) - 1))
    return f"{up}{KNATIVE / path}"

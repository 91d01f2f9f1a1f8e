"""Manifests as a cluster gets them: built by kustomize, and found by kind."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from local.rules.built import content
from tests.kit import ROOT

KNATIVE = ROOT / "knative"
OVERLAYS = sorted(path.parent for path in (KNATIVE / "overlays").glob("*/kustomization.yaml"))
#: All that may be joined to each other; kafka-mtls stands instead of kafka-tls, and without-models leaves out.
COMPONENTS = [f"components/{name}" for name in ("gpu", "kafka-tls", "persistent-models", "priorities")]

ROLE = "pagebus.io/role"

Manifest = dict[str, Any]


@cache
def built(folder: Path) -> tuple[Manifest, ...]:
    """What `kubectl apply -k` of the folder would apply."""
    return tuple(yaml.safe_load_all(content(folder)))


@cache
def everything() -> tuple[Manifest, ...]:
    """The product with all components."""
    with TemporaryDirectory() as folder:
        return composed(Path(folder), resources=["base"], components=COMPONENTS)


def of(manifests: Iterable[Manifest], kind: str, group: str = "") -> dict[str, Manifest]:
    """Those of a kind, by name; `group` tells Knative's Service from Kubernetes' own."""
    return {
        one["metadata"]["name"]: one for one in manifests if one["kind"] == kind and one["apiVersion"].startswith(group)
    }


def services(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    return of(manifests, "Service", "serving.knative.dev/")


def engines(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    """The Services that read pages."""
    return {name: one for name, one in services(manifests).items() if one["metadata"]["labels"].get(ROLE) == "engine"}


def pod(service: Manifest) -> Any:
    return service["spec"]["template"]["spec"]


def container(service: Manifest) -> Any:
    (only,) = pod(service)["containers"]
    return only


def environment(service: Manifest) -> dict[str, Any]:
    """By name, the value or where it comes from."""
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container(service)["env"]}


def annotations(service: Manifest) -> dict[str, str]:
    return dict(service["spec"]["template"]["metadata"]["annotations"])


def sources_of(manifests: Iterable[Manifest], service: str) -> list[Manifest]:
    sources = of(manifests, "KafkaSource").values()
    return [source for source in sources if source["spec"]["sink"]["ref"]["name"] == service]


def partitions(manifests: Iterable[Manifest]) -> dict[str, int]:
    """By topic."""
    return {one["spec"]["topicName"]: one["spec"]["partitions"] for one in of(manifests, "KafkaTopic").values()}


def composed(folder: Path, **said: object) -> tuple[Manifest, ...]:
    """What a kustomization in `folder` would be built into; its paths may be of the repository."""
    relative = {
        name: [_from(folder, path) for path in value] if name in {"resources", "components"} else value
        for name, value in said.items()
        if isinstance(value, list | str)
    }
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({**head, **relative}))
    return built(folder)


def _from(folder: Path, path: str) -> str:
    up = "/".join([".."] * (len(folder.resolve().parts) - 1))
    return f"{up}{KNATIVE / path}"

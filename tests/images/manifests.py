"""The product's manifests, with containers in the place of Services."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from local.cli.request import PRODUCT
from local.platform.state import free_port

Manifest = dict[str, Any]


def services() -> dict[str, Manifest]:
    """The Knative Services, by name."""
    return {one["metadata"]["name"]: one for one in _documents() if _is_service(one)}


def write_sources(folder: Path, services: Mapping[str, Manifest]) -> dict[str, int]:
    """All but the Services, sending to ports of this machine instead; those ports, by name of the Service."""
    ports = {name: free_port() for name in services}
    written = [_sent_to(one, ports) for one in _documents() if not _is_service(one)]
    (folder / "sources.yaml").write_text(yaml.safe_dump_all(written), encoding="utf-8")
    return ports


def _documents() -> Iterator[Manifest]:
    for folder in PRODUCT:
        for file in sorted(folder.rglob("*.yaml")):
            if file.name != "kustomization.yaml":
                yield from filter(None, yaml.safe_load_all(file.read_text(encoding="utf-8")))


def _is_service(one: Manifest) -> bool:
    return str(one["apiVersion"]).startswith("serving.knative.dev/") and one["kind"] == "Service"


def _sent_to(one: Manifest, ports: Mapping[str, int]) -> Manifest:
    sink = one.get("spec", {}).get("sink", {}).get("ref", {})
    if sink.get("kind") == "Service":
        one["spec"]["sink"] = {"uri": f"http://127.0.0.1:{ports[sink['name']]}/"}
    return one

"""The product's manifests, with containers in the place of Services.

Those that want weights are left out, as in the twin; what their images hold is looked at all the same.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from events.topics import BULK, PAGES
from local.cli.request import PRODUCT
from local.platform.state import free_port

Manifest = dict[str, Any]


def services() -> dict[str, Manifest]:
    """The Knative Services that run without weights, by name."""
    found = (one for one in _documents() if _is_service(one))
    return {one["metadata"]["name"]: one for one in found if not _wants_weights(one)}


def write_sources(folder: Path, services: Mapping[str, Manifest]) -> dict[str, int]:
    """All but the Services, sending to ports of this machine instead; those ports, by name of the Service."""
    ports = {name: free_port() for name in services}
    absent = {one["metadata"]["name"] for one in _documents() if _is_service(one) and _wants_weights(one)}
    others = (one for one in _documents() if not _is_service(one) and _engine(one) not in absent)
    written = [_sent_to(one, ports) for one in others]
    (folder / "sources.yaml").write_text(yaml.safe_dump_all(written), encoding="utf-8")
    return ports


def _documents() -> Iterator[Manifest]:
    for folder in PRODUCT:
        for file in sorted(folder.rglob("*.yaml")):
            if file.name != "kustomization.yaml":
                yield from filter(None, yaml.safe_load_all(file.read_text(encoding="utf-8")))


def _is_service(one: Manifest) -> bool:
    return str(one["apiVersion"]).startswith("serving.knative.dev/") and one["kind"] == "Service"


def _wants_weights(service: Manifest) -> bool:
    return bool(service["metadata"]["labels"].get("pagebus.io/models") == "wanted")


def _engine(one: Manifest) -> str | None:
    """The engine whose source or topic this is."""
    if one["kind"] == "KafkaSource":
        return str(one["spec"]["sink"]["ref"]["name"])
    name = str(one["metadata"]["name"])
    return name.removeprefix(PAGES).removesuffix(BULK) if name.startswith(PAGES) else None


def _sent_to(one: Manifest, ports: Mapping[str, int]) -> Manifest:
    sink = one.get("spec", {}).get("sink", {}).get("ref", {})
    if sink.get("kind") == "Service":
        one["spec"]["sink"] = {"uri": f"http://127.0.0.1:{ports[sink['name']]}/"}
    return one

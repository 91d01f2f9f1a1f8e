"""The manifests of the product, with containers instead of Services.

Engines that need weights are not run, as in the twin. Other tests still check the contents of their images.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from events.topics import BULK_SUFFIX, PAGES_PREFIX
from local.cli.stack.up_options import PRODUCT_MANIFESTS
from local.platform.state import find_free_port

Manifest = dict[str, Any]


def load_services() -> dict[str, Manifest]:
    """Return the Knative Services that run without weights, by name."""
    found = (one for one in _load_documents() if _is_service(one))
    return {one["metadata"]["name"]: one for one in found if not _needs_weights(one)}


def write_sources(folder: Path, services: Mapping[str, Manifest]) -> dict[str, int]:
    """Write all manifests except the Services, with ports of this machine as sinks. Return the port of each Service."""
    ports = {name: find_free_port() for name in services}
    absent = {one["metadata"]["name"] for one in _load_documents() if _is_service(one) and _needs_weights(one)}
    others = (one for one in _load_documents() if not _is_service(one) and _find_engine(one) not in absent)
    written = [_redirect_sink(one, ports) for one in others]
    (folder / "sources.yaml").write_text(yaml.safe_dump_all(written), encoding="utf-8")
    return ports


def _load_documents() -> Iterator[Manifest]:
    for folder in PRODUCT_MANIFESTS:
        for file in sorted(folder.rglob("*.yaml")):
            if file.name != "kustomization.yaml":
                yield from filter(None, yaml.safe_load_all(file.read_text(encoding="utf-8")))


def _is_service(one: Manifest) -> bool:
    return str(one["apiVersion"]).startswith("serving.knative.dev/") and one["kind"] == "Service"


def _needs_weights(service: Manifest) -> bool:
    return bool(service["metadata"]["labels"].get("pagebus.io/models") == "wanted")


def _find_engine(one: Manifest) -> str | None:
    """Return the engine that a source or a topic belongs to, or None."""
    if one["kind"] == "KafkaSource":
        return str(one["spec"]["sink"]["ref"]["name"])
    name = str(one["metadata"]["name"])
    return name.removeprefix(PAGES_PREFIX).removesuffix(BULK_SUFFIX) if name.startswith(PAGES_PREFIX) else None


def _redirect_sink(one: Manifest, ports: Mapping[str, int]) -> Manifest:
    sink = one.get("spec", {}).get("sink", {}).get("ref", {})
    if sink.get("kind") == "Service":
        one["spec"]["sink"] = {"uri": f"http://127.0.0.1:{ports[sink['name']]}/"}
    return one

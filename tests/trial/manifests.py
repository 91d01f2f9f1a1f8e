"""What both twins run: two functions, one fed in order and one not."""

from pathlib import Path
from typing import Any

import yaml

from tests.kit import ROOT

PARTITIONS = 4
#: Topics, which are also the names of everything that belongs to them, and how their sources deliver.
ORDERINGS = {"trial-ordered": "ordered", "trial-unordered": "unordered"}
# Enough for any fault of a trial: what is given up would be lost, since there is no dead-letter sink.
_DELIVERY = {"retry": 10, "backoffPolicy": "exponential", "backoffDelay": "PT0.1S", "timeout": "PT60S"}
_SCALING = {"window": "6s", "max-scale": "3", "initial-scale": "0"}


def write(folder: Path, record: Path) -> None:
    """A file per topic; whatever does an event writes it into `record`."""
    folder.mkdir()
    for topic, ordering in ORDERINGS.items():
        resources = [_service(topic, record), _source(topic, ordering), _topic(topic)]
        (folder / f"{topic}.yaml").write_text(yaml.safe_dump_all(resources))


def _service(name: str, record: Path) -> dict[str, Any]:
    container = {
        "image": "none",
        "command": ["python", str(ROOT / "tests" / "worker.py")],
        "env": [{"name": "RECORD", "value": str(record)}],
    }
    template = {
        "metadata": {"annotations": {f"autoscaling.knative.dev/{key}": text for key, text in _SCALING.items()}},
        "spec": {"containerConcurrency": 2, "timeoutSeconds": 30, "containers": [container]},
    }
    return _resource("serving.knative.dev/v1", "Service", name, {"template": template})


def _source(name: str, ordering: str) -> dict[str, Any]:
    spec = {
        "topics": [name],
        "bootstrapServers": ["replaced:9092"],
        "consumerGroup": name,
        "consumers": PARTITIONS,
        "initialOffset": "earliest",
        "ordering": ordering,
        "delivery": _DELIVERY,
        "sink": {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": name}},
    }
    return _resource("sources.knative.dev/v1", "KafkaSource", name, spec)


def _topic(name: str) -> dict[str, Any]:
    return _resource("kafka.strimzi.io/v1", "KafkaTopic", name, {"partitions": PARTITIONS})


def _resource(version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}

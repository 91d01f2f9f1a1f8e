"""Manifests for measuring the twin itself: functions that only work as long as each event says."""

from pathlib import Path
from typing import Any

import yaml

from tests.kit import ROOT

WORKER = ROOT / "tests" / "worker.py"
#: The function of which there is always one, and the one that comes from zero; their topics are called like them.
AWAKE, BURST = "bench-awake", "bench-burst"
BURST_WINDOW, BURST_CONCURRENCY, BURST_MOST = 10, 5, 8
PARTITIONS = 4
FIFTY = tuple(f"bench-{number:02}" for number in range(50))


def record(folder: Path) -> Path:
    """Where functions write down what they have done, beside the manifests."""
    return folder / "record.jsonl"


def awake_and_burst(folder: Path) -> dict[str, str]:
    awake = {"min-scale": "1", "max-scale": "1"}
    burst = {"window": f"{BURST_WINDOW}s", "max-scale": f"{BURST_MOST}", "target-utilization-percentage": "100"}
    return {
        f"{AWAKE}.yaml": _function(AWAKE, record(folder), awake, 0, "ordered"),
        f"{BURST}.yaml": _function(BURST, record(folder), burst, BURST_CONCURRENCY, "unordered"),
    }


def fifty(folder: Path) -> dict[str, str]:
    scaling = {"window": "6s", "max-scale": "1"}
    return {f"{name}.yaml": _function(name, record(folder), scaling, 1, "ordered") for name in FIFTY}


def _function(name: str, record: Path, scaling: dict[str, str], concurrency: int, ordering: str) -> str:
    annotations = {f"autoscaling.knative.dev/{key}": text for key, text in {"initial-scale": "0", **scaling}.items()}
    container = {
        "image": "none",
        "command": ["python", str(WORKER)],
        "env": [{"name": "RECORD", "value": str(record)}],
    }
    template = {
        "metadata": {"annotations": annotations},
        "spec": {"containerConcurrency": concurrency, "timeoutSeconds": 60, "containers": [container]},
    }
    source = {
        "topics": [name],
        "bootstrapServers": ["replaced:9092"],
        "consumerGroup": name,
        "consumers": PARTITIONS,
        "initialOffset": "earliest",
        "ordering": ordering,
        "delivery": {"retry": 3, "backoffPolicy": "exponential", "backoffDelay": "PT0.2S", "timeout": "PT60S"},
        "sink": {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": name}},
    }
    resources = [
        _resource("serving.knative.dev/v1", "Service", name, {"template": template}),
        _resource("sources.knative.dev/v1", "KafkaSource", name, source),
        _resource("kafka.strimzi.io/v1", "KafkaTopic", name, {"partitions": PARTITIONS}),
    ]
    return yaml.safe_dump_all(resources)


def _resource(version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}

"""Manifests for tests/worker.py: a Service, its KafkaSource and its KafkaTopic, all with the same name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.kit import ROOT

WORKER = ROOT / "tests" / "worker.py"
PARTITIONS = 4


@dataclass(frozen=True)
class Workload:
    """Settings of a worker. `scaling` has autoscaling annotations without their prefix; `record` is its log file."""

    name: str
    record: Path
    ordering: str
    scaling: dict[str, str]
    concurrency: int
    timeout: int
    retries: int
    backoff: str

    def render_manifests(self) -> str:
        """Return the manifests as YAML."""
        resources = [
            self._build_resource("serving.knative.dev/v1", "Service", {"template": self._build_template()}),
            self._build_resource("sources.knative.dev/v1", "KafkaSource", self._build_source()),
            self._build_resource("kafka.strimzi.io/v1", "KafkaTopic", {"partitions": PARTITIONS}),
        ]
        return yaml.safe_dump_all(resources)

    def _build_template(self) -> dict[str, Any]:
        scaling = {"initial-scale": "0", **self.scaling}
        container = {
            "image": "none",
            "command": ["python", str(WORKER)],
            "env": [{"name": "RECORD", "value": str(self.record)}],
        }
        return {
            "metadata": {"annotations": {f"autoscaling.knative.dev/{key}": text for key, text in scaling.items()}},
            "spec": {
                "containerConcurrency": self.concurrency,
                "timeoutSeconds": self.timeout,
                "containers": [container],
            },
        }

    def _build_source(self) -> dict[str, Any]:
        return {
            "topics": [self.name],
            "bootstrapServers": ["replaced:9092"],
            "consumerGroup": self.name,
            "consumers": PARTITIONS,
            "initialOffset": "earliest",
            "ordering": self.ordering,
            "delivery": {
                "retry": self.retries,
                "backoffPolicy": "exponential",
                "backoffDelay": self.backoff,
                "timeout": "PT60S",
            },
            "sink": {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": self.name}},
        }

    def _build_resource(self, version: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
        return {"apiVersion": version, "kind": kind, "metadata": {"name": self.name}, "spec": spec}

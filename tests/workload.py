"""Manifests for tests/worker.py: a function, its source and its topic, all of one name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.kit import ROOT

WORKER = ROOT / "tests" / "worker.py"
PARTITIONS = 4


@dataclass(frozen=True)
class Workload:
    """`scaling` are annotations of autoscaling, without their prefix; what is done is written down in `record`."""

    name: str
    record: Path
    ordering: str
    scaling: dict[str, str]
    concurrency: int
    timeout: int
    retries: int
    backoff: str

    def manifests(self) -> str:
        """As a file of YAML."""
        resources = [
            self._resource("serving.knative.dev/v1", "Service", {"template": self._template()}),
            self._resource("sources.knative.dev/v1", "KafkaSource", self._source()),
            self._resource("kafka.strimzi.io/v1", "KafkaTopic", {"partitions": PARTITIONS}),
        ]
        return yaml.safe_dump_all(resources)

    def _template(self) -> dict[str, Any]:
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

    def _source(self) -> dict[str, Any]:
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

    def _resource(self, version: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
        return {"apiVersion": version, "kind": kind, "metadata": {"name": self.name}, "spec": spec}

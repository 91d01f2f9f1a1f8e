"""A twin under test: a process with a broker of the test, and functions that record their requests."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from confluent_kafka import Producer

RECORDER = Path(__file__).parent / "recorder.py"
REPOSITORY = Path(__file__).parents[3]
_PATIENCE = 60.0


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Return the result of `condition` once it is true. Fail with `what` after a minute."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"timed out: {what}")


class Rig:
    """A twin with its manifests, home and records under `folder`. The broker may be shared with another rig."""

    def __init__(self, folder: Path, broker: Producer | None = None) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.manifests = folder / "manifests"
        self.manifests.mkdir(parents=True)
        self.broker = broker or Producer({"test.mock.num.brokers": 1, "linger.ms": 0})
        brokers = self.broker.list_topics(timeout=10).brokers
        self.servers = ",".join(f"{broker.host}:{broker.port}" for broker in brokers.values())
        self._twin: subprocess.Popen[bytes] | None = None

    def add_service(
        self,
        name: str = "recorder",
        annotations: dict[str, str] | None = None,
        timeout: int = 30,
        progress_deadline: str = "600s",
        **container: Any,
    ) -> None:
        """Write a Service that runs the recorder; `annotations` are autoscaling annotations without their prefix."""
        scaling = {"initial-scale": "0", "target-utilization-percentage": "100", "window": "6s", **(annotations or {})}
        told = {f"autoscaling.knative.dev/{key}": text for key, text in scaling.items()}
        told["serving.knative.dev/progress-deadline"] = progress_deadline
        recorder = {
            "image": "none",
            "command": ["python", str(RECORDER)],
            "env": [{"name": "RECORD", "value": str(self._get_record_file(name))}],
            "readinessProbe": {"httpGet": {"path": "/"}},
            **container,
        }
        spec = {"containerConcurrency": 1, "timeoutSeconds": timeout, "containers": [recorder]}
        template = {"metadata": {"annotations": told}, "spec": spec}
        self._write("serving.knative.dev/v1", "Service", name, template=template)

    def add_source(self, topic: str, **spec: Any) -> None:
        """Write an ordered KafkaSource from `topic` to the recorder, with three fast retries."""
        delivery = {"retry": 3, "backoffPolicy": "exponential", "backoffDelay": "PT0.05S", "timeout": "PT30S"}
        self._write(
            "sources.knative.dev/v1",
            "KafkaSource",
            topic,
            **{
                "topics": [topic],
                "bootstrapServers": ["replaced:9092"],
                "consumerGroup": topic,
                "initialOffset": "earliest",
                "ordering": "ordered",
                "delivery": delivery,
                "sink": {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "recorder"}},
                **spec,
            },
        )

    def add_sink(self, name: str, topic: str) -> None:
        spec = {"topic": topic, "bootstrapServers": ["replaced:9092"]}
        self._write("eventing.knative.dev/v1alpha1", "KafkaSink", name, **spec)

    def add_topic(self, name: str) -> None:
        self._write("kafka.strimzi.io/v1", "KafkaTopic", name, partitions=4)

    def produce(
        self, topic: str, value: object, *, event: str | None = None, partition: int = 0, trace: str | None = None
    ) -> None:
        """Produce a CloudEvent with the id `event`, or a raw record without one; `trace` is its traceparent."""
        named = {"ce_specversion": "1.0", "ce_id": event, "ce_type": "t", "ce_source": "/s"} if event else {}
        named |= {"traceparent": trace} if trace else {}
        self.broker.produce(topic, json.dumps(value), partition=partition, headers=list(named.items()))
        assert self.broker.flush(10) == 0

    def start(self) -> None:
        self._twin = self._start_process(subprocess.DEVNULL)
        wait_until((self.home / "twin.json").exists, "the twin is up")

    def fail_to_start(self) -> str:
        """Start the twin, expect that it refuses, and return its message."""
        twin = self._start_process(subprocess.PIPE)
        _, told = twin.communicate(timeout=30)
        assert twin.returncode == 2
        return told.decode()

    def end(self, *, repeat_signal: bool = False) -> int:
        """End the twin with SIGTERM and return its exit status. With `repeat_signal`, send more until it has ended."""
        if self._twin is None:
            return 0
        self._twin.send_signal(signal.SIGTERM)
        while repeat_signal and self._twin.poll() is None:
            time.sleep(0.005)
            self._twin.send_signal(signal.SIGTERM)
        status, self._twin = self._twin.wait(60), None
        return status

    def kill(self) -> None:
        """Kill the twin with SIGKILL, as in a power cut."""
        assert self._twin
        self._twin.kill()
        self._twin.wait(10)
        self._twin = None
        (self.home / "twin.json").unlink()

    def load_addresses(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / "twin.json").read_text())
        return found

    def load_state(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.load_addresses()["control"] + "/state", timeout=5) as answer:  # noqa: S310  # our loopback
            found: dict[str, Any] = json.load(answer)
        return found

    def load_function(self, name: str = "recorder") -> dict[str, Any]:
        return next(found for found in self.load_state()["functions"] if found["name"] == name)

    def list_requests(self, what: str = "answered", name: str = "recorder") -> list[dict[str, Any]]:
        record = self._get_record_file(name)
        return [
            line
            for line in map(json.loads, _get_complete_lines(record.read_text()) if record.exists() else [])
            if line["what"] == what
        ]

    def list_numbers(self, what: str = "answered") -> list[int]:
        """Return the `n` of each event in the order of arrival."""
        return [json.loads(line["body"])["n"] for line in self.list_requests(what)]

    def _start_process(self, errors: int) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "local.twin.main",
            "--manifests",
            str(self.manifests),
            "--home",
            str(self.home),
        ]
        environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": self.servers, "GREETING": "must not be inherited"}
        return subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=errors)

    def _get_record_file(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def _write(self, version: str, kind: str, name: str, **spec: Any) -> None:
        document = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
        (self.manifests / f"{kind}-{name}.yaml").write_text(yaml.safe_dump(document))


def _get_complete_lines(text: str) -> list[str]:
    """Return all lines but one that is still being written."""
    return text.rpartition("\n")[0].splitlines()

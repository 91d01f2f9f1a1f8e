"""The Knative under test: the twin by `pagebus up`, or a cluster by `kubectl apply`. README.md has the variables."""

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

import yaml

from tests.kit import run_pagebus, wait_for

Manifest = dict[str, Any]


class Knative(Protocol):
    """The Knative under test.

    `kafka` is the address for tests, `bootstrap` the one in manifests, and `host` the address of servers of the tests.
    """

    kafka: str
    bootstrap: str
    host: str
    python: str

    def apply(self, manifests: Iterable[Manifest]) -> None:
        """Apply more manifests, and wait until everything that can become ready is ready."""

    def get_never_ready_reason(self, source: str) -> str | None:
        """Return the reason why a KafkaSource is never ready, or None."""

    def get_ingress(self, service: str) -> tuple[str, str]:
        """Return the URL of a Service for tests, and the Host header to send."""


class TwinUnderTest:
    """The twin on the real platform, whose topics have the requested partitions."""

    host = "127.0.0.1"
    bootstrap = "replaced-by-the-twin:9092"
    python = "none"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._manifests = home / "parity"
        self._manifests.mkdir(parents=True)
        self._write([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "parity"}}])
        self._start()
        self.kafka = json.loads(self._run_command("env", "--json"))["KAFKA_BOOTSTRAP_SERVERS"]

    def apply(self, manifests: Iterable[Manifest]) -> None:
        self._write(manifests)
        twin = json.loads((self._home / "twin.json").read_text())
        os.kill(twin["pid"], signal.SIGTERM)
        wait_for(lambda: not (self._home / "twin.json").exists(), what="the end of the twin")
        self._start()

    def kill(self) -> None:
        """Kill it with SIGKILL, and start it again."""
        twin = json.loads((self._home / "twin.json").read_text())
        os.kill(twin["pid"], signal.SIGKILL)
        self._start()

    def get_never_ready_reason(self, source: str) -> str | None:
        found = next(one for one in self.load_state()["sources"] if one["name"] == source)
        return str(found["not_ready_reason"]) if found["not_ready_reason"] else None

    def get_ingress(self, service: str) -> tuple[str, str]:
        return self._load_addresses()["urls"]["cluster"], f"{service}.default.svc.cluster.local"

    def load_state(self) -> dict[str, Any]:
        with urlopen(f"{self._load_addresses()['control']}/state") as answer:  # noqa: S310  # the twin's own address
            return dict(json.load(answer))

    def stop(self) -> None:
        self._run_command("down")

    def _load_addresses(self) -> dict[str, Any]:
        return dict(json.loads((self._home / "twin.json").read_text()))

    def _start(self) -> None:
        self._run_command("up", "--detach", "--platform", "real", "--manifests", str(self._manifests))

    def _run_command(self, *arguments: str) -> str:
        done = run_pagebus(*arguments, home=self._home)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _write(self, manifests: Iterable[Manifest]) -> None:
        for manifest in manifests:
            name = f"{manifest['kind']}-{manifest['metadata']['name']}.yaml"
            (self._manifests / name).write_text(yaml.safe_dump(manifest))


class ClusterUnderTest:
    """The cluster of the current kubectl context."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.kafka = environment["PAGEBUS_PARITY_KAFKA"]
        self.bootstrap = environment.get("PAGEBUS_PARITY_KAFKA_INSIDE", self.kafka)
        self.host = environment["PAGEBUS_PARITY_HOST"]
        self.python = environment.get("PAGEBUS_PARITY_PYTHON", "python:3.13-slim")
        self._ingress = environment.get("PAGEBUS_PARITY_INGRESS", "")

    def apply(self, manifests: Iterable[Manifest]) -> None:
        wanted = [one for one in manifests if one["kind"] != "KafkaTopic"]
        _kubectl("apply", "-f", "-", told="---\n".join(yaml.safe_dump(one) for one in wanted))
        for one in wanted:
            if one["kind"] in {"Service", "KafkaSink", "PingSource"}:
                _kubectl("wait", "--for=condition=Ready", "--timeout=120s", f"{one['kind']}/{one['metadata']['name']}")
        for one in wanted:
            if one["kind"] == "KafkaSource":
                wait_for(partial(self._is_settled, one["metadata"]["name"]), what="a settled source")

    def get_never_ready_reason(self, source: str) -> str | None:
        status, message = self._load_condition(source)
        return message if status == "False" else None

    def get_ingress(self, service: str) -> tuple[str, str]:
        return self._ingress, f"{service}.default.svc.cluster.local"

    def _is_settled(self, source: str) -> bool:
        return self._load_condition(source)[0] in {"True", "False"}

    def _load_condition(self, source: str) -> tuple[str, str]:
        status = json.loads(_kubectl("get", f"kafkasource/{source}", "-o", "json")).get("status", {})
        found = [one for one in status.get("conditions", []) if one["type"] == "Ready"]
        return (found[0]["status"], found[0].get("message", "")) if found else ("Unknown", "")


def _kubectl(*arguments: str, told: str | None = None) -> str:
    done = subprocess.run(["kubectl", *arguments], input=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout

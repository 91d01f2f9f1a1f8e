"""The Knative under test: the twin, by `pagebus up`, or a cluster, by `kubectl apply`; README.md has the variables."""

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

from tests.kit import eventually, pagebus

Manifest = dict[str, Any]


class Knative(Protocol):
    """`kafka` is where the tests reach it, `bootstrap` what a manifest says, `host` where a test's servers listen."""

    kafka: str
    bootstrap: str
    host: str
    python: str

    def apply(self, manifests: Iterable[Manifest]) -> None:
        """Beside what was applied before; returns when all that can be ready is."""

    def never_ready(self, source: str) -> str | None:
        """Why this KafkaSource does not get ready."""

    def ingress(self, service: str) -> tuple[str, str]:
        """The URL where a Service is reached from here, and the Host header to send."""


class Twin:
    """On the real platform, whose topics have the partitions that they are given."""

    host = "127.0.0.1"
    bootstrap = "replaced-by-the-twin:9092"
    python = "none"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._manifests = home / "parity"
        self._manifests.mkdir(parents=True)
        self._write([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "parity"}}])
        self._up()
        self.kafka = json.loads(self._told("env", "--json"))["KAFKA_BOOTSTRAP_SERVERS"]

    def apply(self, manifests: Iterable[Manifest]) -> None:
        self._write(manifests)
        twin = json.loads((self._home / "twin.json").read_text())
        os.kill(twin["pid"], signal.SIGTERM)
        eventually(lambda: not (self._home / "twin.json").exists(), what="the end of the twin")
        self._up()

    def kill(self) -> None:
        """End it as a power cut would, and start it again."""
        twin = json.loads((self._home / "twin.json").read_text())
        os.kill(twin["pid"], signal.SIGKILL)
        self._up()

    def never_ready(self, source: str) -> str | None:
        found = next(one for one in self.state()["sources"] if one["name"] == source)
        return str(found["never_ready"]) if found.get("never_ready") else None

    def ingress(self, service: str) -> tuple[str, str]:
        return self._twin()["urls"]["cluster"], f"{service}.default.svc.cluster.local"

    def state(self) -> dict[str, Any]:
        with urlopen(f"{self._twin()['control']}/state") as answer:  # noqa: S310  # the twin's own address
            return dict(json.load(answer))

    def down(self) -> None:
        self._told("down")

    def _twin(self) -> dict[str, Any]:
        return dict(json.loads((self._home / "twin.json").read_text()))

    def _up(self) -> None:
        self._told("up", "--detach", "--platform", "real", "--manifests", str(self._manifests))

    def _told(self, *arguments: str) -> str:
        done = pagebus(*arguments, home=self._home)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _write(self, manifests: Iterable[Manifest]) -> None:
        for manifest in manifests:
            name = f"{manifest['kind']}-{manifest['metadata']['name']}.yaml"
            (self._manifests / name).write_text(yaml.safe_dump(manifest))


class Cluster:
    """What `kubectl` reaches as it is set up where the tests run."""

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
                eventually(partial(self._settled, one["metadata"]["name"]), what="a settled source")

    def never_ready(self, source: str) -> str | None:
        status, message = self._ready(source)
        return message if status == "False" else None

    def ingress(self, service: str) -> tuple[str, str]:
        return self._ingress, f"{service}.default.svc.cluster.local"

    def _settled(self, source: str) -> bool:
        return self._ready(source)[0] in {"True", "False"}

    def _ready(self, source: str) -> tuple[str, str]:
        status = json.loads(_kubectl("get", f"kafkasource/{source}", "-o", "json")).get("status", {})
        found = [one for one in status.get("conditions", []) if one["type"] == "Ready"]
        return (found[0]["status"], found[0].get("message", "")) if found else ("Unknown", "")


def _kubectl(*arguments: str, told: str | None = None) -> str:
    done = subprocess.run(["kubectl", *arguments], input=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout

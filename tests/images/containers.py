"""Runs Docker's command, and containers that are as restricted as pods."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

_RESTRICTED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")


@dataclass(frozen=True)
class Container:
    """A running container, whose server listens on a port of this machine."""

    name: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/health/ready", timeout=5).ok
        except requests.ConnectionError:
            return False

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the container. It may fail."""
        return try_docker("exec", self.name, *command)

    def read_logs(self) -> str:
        ended = try_docker("logs", self.name)
        return ended.stdout + ended.stderr


def try_docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Docker command, which may fail, and return its result."""
    command = [os.environ.get("DOCKER", "docker"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def run_docker(*arguments: str) -> str:
    """Run a Docker command and return its output. Fail the test if the command fails."""
    ended = try_docker(*arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@contextmanager
def run_container(
    service: Mapping[str, Any], version: str, port: int, environment: Mapping[str, str]
) -> Iterator[Container]:
    """Run a Service's container on the host network, restricted as in its manifest. Send SIGTERM at the end."""
    name = f"pagebus-test-{service['metadata']['name']}-{port}"
    container = service["spec"]["template"]["spec"]["containers"][0]
    variables_of_manifest = {one["name"]: one["value"] for one in container.get("env", []) if "value" in one}
    variables = {**environment, **variables_of_manifest, "PORT": str(port), "HOST": "127.0.0.1"}
    flags = [f"--env={key}={value}" for key, value in variables.items()]
    memory = f"--memory={_convert_memory(container['resources']['limits']['memory'])}"
    image = f"{container['image']}:{version}"
    run_docker(
        "run",
        "--detach",
        f"--name={name}",
        "--network=host",
        *_RESTRICTED,
        memory,
        *flags,
        image,
        *container["command"],
    )
    try:
        yield Container(name, port)
        run_docker("stop", "--time=30", name)
        assert run_docker("inspect", "--format={{.State.ExitCode}}", name) == "0", run_docker("logs", name)
    finally:
        run_docker("rm", "--force", name)


def _convert_memory(limit: str) -> str:
    """Return a memory limit of Kubernetes in the notation of Docker."""
    return limit.replace("Mi", "m").replace("Gi", "g")

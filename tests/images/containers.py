"""Docker's own command, and a container as a restricted pod would be."""

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
    """One that runs, on a port of this machine."""

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
        """Run a command inside, whatever comes of it."""
        return attempted("exec", self.name, *command)

    def logs(self) -> str:
        ended = attempted("logs", self.name)
        return ended.stdout + ended.stderr


def attempted(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What comes of a command of Docker's."""
    command = [os.environ.get("DOCKER", "docker"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def docker(*arguments: str) -> str:
    """What Docker says."""
    ended = attempted(*arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@contextmanager
def started(service: Mapping[str, Any], version: str, port: int, environment: Mapping[str, str]) -> Iterator[Container]:
    """Run what the manifest says with the rights that it says, on the network of this machine; SIGTERM at the end."""
    name = f"pagebus-test-{service['metadata']['name']}-{port}"
    container = service["spec"]["template"]["spec"]["containers"][0]
    told = {one["name"]: one["value"] for one in container.get("env", []) if "value" in one}
    variables = {**environment, **told, "PORT": str(port), "HOST": "127.0.0.1"}
    flags = [f"--env={key}={value}" for key, value in variables.items()]
    memory = f"--memory={_memory(container['resources']['limits']['memory'])}"
    image = f"{container['image']}:{version}"
    docker(
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
        docker("stop", "--time=30", name)
        assert docker("inspect", "--format={{.State.ExitCode}}", name) == "0", docker("logs", name)
    finally:
        docker("rm", "--force", name)


def _memory(limit: str) -> str:
    """Kubernetes' units in Docker's words."""
    return limit.replace("Mi", "m").replace("Gi", "g")

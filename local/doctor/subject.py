"""What is examined."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.platform.endpoints import Endpoints


@dataclass(frozen=True)
class Servers:
    """Where the platform is, empty for what is not to be asked; `remedies` say by part what to do when it is away."""

    endpoints: Endpoints
    remedies: Mapping[str, str]


@dataclass(frozen=True)
class Subject:
    """What is examined. Functions are run in `folder`, by the manifests in `manifests`.

    `twin`, `gateway` and `telemetry` are URLs of a twin that runs; `up`: it and the servers are meant to be up.
    """

    home: Path
    folder: Path
    manifests: tuple[Path, ...]
    servers: Servers | None = None
    real: bool = False
    up: bool = False
    twin: str | None = None
    gateway: str | None = None
    telemetry: str | None = None


@dataclass(frozen=True)
class Cluster:
    """Which cluster is examined, as kubectl knows it; and the namespace that the functions are in."""

    kubeconfig: Path | None
    context: str | None
    namespace: str

"""Targets of `pagebus doctor`: the setup of this machine, or a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.platform.endpoints import Endpoints


@dataclass(frozen=True)
class Servers:
    """Servers to check. A server whose endpoint is empty is not checked.

    `remedies` has the advice for a server that does not answer, by part: kafka, s3, postgres.
    """

    endpoints: Endpoints
    remedies: Mapping[str, str]


@dataclass(frozen=True)
class LocalTarget:
    """Setup of this machine: the functions of `manifest_folders`, run in `working_folder`, and their servers.

    `is_up` means that `pagebus up` has started the servers and the twin, so that they should run. The URLs are those of
    a running twin.
    """

    home: Path
    working_folder: Path
    manifest_folders: tuple[Path, ...]
    servers: Servers | None = None
    is_real_platform: bool = False
    is_up: bool = False
    twin_url: str | None = None
    gateway_url: str | None = None
    telemetry_url: str | None = None


@dataclass(frozen=True)
class ClusterTarget:
    """Cluster to check, as kubectl selects it, and the namespace of the functions.

    Without a kubeconfig or a context, kubectl uses its own default.
    """

    kubeconfig: Path | None
    context: str | None
    namespace: str

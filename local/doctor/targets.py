"""Targets of `pagebus doctor`: the setup of this machine, or a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.platform.endpoints import Endpoints


@dataclass(frozen=True)
class Servers:
    """The servers to check. A server with an empty endpoint is not checked.

    `remedies` has the advice for each server that does not answer. Its keys are kafka, s3 and postgres.
    """

    endpoints: Endpoints
    remedies: Mapping[str, str]


@dataclass(frozen=True)
class LocalTarget:
    """The setup of this machine: the functions of `manifest_folders`, run in `working_folder`, and their servers.

    `is_up` means that `pagebus up` has started the servers and the twin, so that they should run. The URLs belong to a
    running twin. They are None if no twin runs.
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
    """The cluster to check, and the namespace of the functions.

    If `kubeconfig` or `context` is None, the default of kubectl applies.
    """

    kubeconfig: Path | None
    context: str | None
    namespace: str

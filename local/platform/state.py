"""The files in which a home stores its platform: its settings, and the process of each server."""

import json
import random
import secrets
import shutil
import socket
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from local import files
from local.platform.process import Process
from local.platform.topics import Topic

PlatformKind = Literal["embedded", "real"]

# These ports are below the range from which Linux chooses the ports of clients. In that range, a client that retries to
# connect to a stopped server can get the port of the server and connect to itself.
_PORTS = range(20_000, 32_000)


@dataclass(frozen=True)
class Platform:
    """The settings of a home's platform.

    `notify` is the URL that the embedded S3 server calls after each upload. `ports` has a port by server name.
    `secret` is the secret key of S3.
    """

    home: Path
    kind: PlatformKind
    notify: str | None
    topics: tuple[Topic, ...]
    ports: Mapping[str, int]
    secret: str

    @property
    def data(self) -> Path:
        """The folder in which the servers store their data."""
        return self.home / "data" / self.kind


def load_platform(home: Path) -> Platform | None:
    """Return the stored platform of a home, or None if there is none."""
    try:
        stored = json.loads((home / "platform.json").read_text())
    except FileNotFoundError:
        return None
    topics = tuple(Topic(**topic) for topic in stored.pop("topics"))
    return Platform(home=home, topics=topics, **stored)


def save_platform(platform: Platform) -> None:
    """Store the platform in its home, readable only by its owner."""
    stored = {name: value for name, value in asdict(platform).items() if name != "home"}
    files.write_private_file(platform.home / "platform.json", json.dumps(stored, indent=1))


def delete_platform(platform: Platform) -> None:
    """Delete the data and the settings of the platform, but not the logs."""
    shutil.rmtree(platform.data, ignore_errors=True)
    (platform.home / "platform.json").unlink(missing_ok=True)


def lock_platform(home: Path) -> AbstractContextManager[None]:
    """Return a lock, so that one command at a time starts or stops the platform of a home."""
    return files.lock_file(home / "platform.lock")


def generate_secret() -> str:
    return secrets.token_hex(16)


def find_free_port() -> int:
    """Return a random loopback port at which no server listens. Raise OSError if all ports are in use."""
    for port in random.sample(_PORTS, len(_PORTS)):
        if is_port_free(port):
            return port
    raise OSError(f"No port from {_PORTS.start} to {_PORTS.stop - 1} is free. Stop some servers first.")


def is_port_free(port: int) -> bool:
    """Return True if a server can listen at this loopback port."""
    with socket.socket() as probe:
        # Servers also set this option, so that old connections of an earlier server do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def load_process(home: Path, server: str) -> Process | None:
    """Return the stored process of a server, or None if there is none. The process may have ended."""
    try:
        return Process(**json.loads(_get_process_path(home, server).read_text()))
    except FileNotFoundError:
        return None


def save_process(home: Path, server: str, process: Process) -> None:
    files.write_private_file(_get_process_path(home, server), json.dumps(asdict(process)))


def delete_process(home: Path, server: str) -> None:
    _get_process_path(home, server).unlink(missing_ok=True)


def get_log_path(home: Path, server: str) -> Path:
    return home / "logs" / f"{server}.log"


def _get_process_path(home: Path, server: str) -> Path:
    return home / "processes" / f"{server}.json"

"""What a home remembers of its platform: what was asked for, and which process is which part."""

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

Kind = Literal["embedded", "real"]

# Below the range that Linux draws a client's ports from: a client that keeps calling a stopped server
# would else sooner or later be given the server's port, and be connected to itself.
_PORTS = range(20_000, 32_000)


@dataclass(frozen=True)
class Platform:
    """`ports` by name of the part, `notify` is where the embedded S3 calls after an upload."""

    home: Path
    kind: Kind
    notify: str | None
    topics: tuple[Topic, ...]
    ports: Mapping[str, int]
    secret: str

    @property
    def data(self) -> Path:
        return self.home / "data" / self.kind


def load(home: Path) -> Platform | None:
    try:
        kept = json.loads((home / "platform.json").read_text())
    except FileNotFoundError:
        return None
    topics = tuple(Topic(**topic) for topic in kept.pop("topics"))
    return Platform(home=home, topics=topics, **kept)


def save(platform: Platform) -> None:
    kept = {name: value for name, value in asdict(platform).items() if name != "home"}
    files.write(platform.home / "platform.json", json.dumps(kept, indent=1))


def forget(platform: Platform) -> None:
    """Remove everything but the logs."""
    shutil.rmtree(platform.data, ignore_errors=True)
    (platform.home / "platform.json").unlink(missing_ok=True)


def locked(home: Path) -> AbstractContextManager[None]:
    """One command at a time starts or stops the platform of a home."""
    return files.locked(home / "platform.lock")


def new_secret() -> str:
    return secrets.token_hex(16)


def free_port() -> int:
    """A loopback port on which nothing listens."""
    for port in random.sample(_PORTS, len(_PORTS)):
        if is_free(port):
            return port
    raise OSError(f"No free port from {_PORTS.start} to {_PORTS.stop}; end some servers first")


def is_free(port: int) -> bool:
    """Whether a server could listen at this loopback port."""
    with socket.socket() as probe:
        # As servers do: connections that a former server left behind are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def process_of(home: Path, part: str) -> Process | None:
    try:
        return Process(**json.loads(_process_file(home, part).read_text()))
    except FileNotFoundError:
        return None


def remember_process(home: Path, part: str, process: Process) -> None:
    files.write(_process_file(home, part), json.dumps(asdict(process)))


def forget_process(home: Path, part: str) -> None:
    _process_file(home, part).unlink(missing_ok=True)


def log_of(home: Path, part: str) -> Path:
    return home / "logs" / f"{part}.log"


def _process_file(home: Path, part: str) -> Path:
    return home / "processes" / f"{part}.json"

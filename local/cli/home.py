"""The folder that holds everything about what was brought up, and what it remembers of that."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local.platform import Endpoints

Kind = Literal["embedded", "real", "yours"]


@dataclass(frozen=True)
class Started:
    """What was asked for, and where it is. A platform of the user's own is started by nobody here."""

    platform: Kind
    manifests: tuple[str, ...]
    endpoints: Endpoints


def find() -> Path:
    """$PAGEBUS_HOME, else the folder that the XDG specification names for state."""
    if asked := os.environ.get("PAGEBUS_HOME"):
        return Path(asked).absolute()
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state").absolute() / "pagebus"


def recall(home: Path) -> Started | None:
    """What `up` was asked for last, unless it has been brought down since."""
    try:
        kept = json.loads(_file(home).read_text())
    except FileNotFoundError:
        return None
    return Started(kept["platform"], tuple(kept["manifests"]), Endpoints(**kept["endpoints"]))


def remember(home: Path, started: Started) -> None:
    kept = {
        "platform": started.platform,
        "manifests": started.manifests,
        "endpoints": json.loads(started.endpoints.to_json()),
    }
    draft = _file(home).with_suffix(".draft")
    draft.touch(mode=0o600)  # it holds keys
    draft.write_text(json.dumps(kept))
    draft.replace(_file(home))


def forget(home: Path) -> None:
    _file(home).unlink(missing_ok=True)


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    """One command at a time brings a home up or down; another waits."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _file(home: Path) -> Path:
    return home / "up.json"

"""The folder that holds everything about what was brought up, and what it remembers of that."""

import json
import os
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from local import files
from local.platform.endpoints import Endpoints

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
    files.write(_file(home), json.dumps(asdict(started)))


def forget(home: Path) -> None:
    _file(home).unlink(missing_ok=True)


def locked(home: Path) -> AbstractContextManager[None]:
    """One command at a time brings a home up or down; another waits."""
    return files.locked(home / "up.lock")


def _file(home: Path) -> Path:
    return home / "up.json"

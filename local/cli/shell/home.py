"""The home folder of a stack (state, logs, data), and the record of what `pagebus up` started."""

import json
import os
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from local import files
from local.platform.endpoints import Endpoints

PlatformKind = Literal["embedded", "real", "yours"]


@dataclass(frozen=True)
class StackRecord:
    """The stack that the last `pagebus up` started.

    `manifests` are absolute folders. The user starts and stops a platform of the kind `yours`.
    """

    platform: PlatformKind
    manifests: tuple[str, ...]
    endpoints: Endpoints


def find_home() -> Path:
    """Return $PAGEBUS_HOME, or the folder for state files of the XDG base directory specification."""
    if folder := os.environ.get("PAGEBUS_HOME"):
        return Path(folder).absolute()
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state").absolute() / "pagebus"


def load_record(home: Path) -> StackRecord | None:
    """Return the record of the last `up`, or None if there is none since the last `down`."""
    try:
        stored = json.loads(_record_file(home).read_text())
    except FileNotFoundError:
        return None
    return StackRecord(stored["platform"], tuple(stored["manifests"]), Endpoints(**stored["endpoints"]))


def save_record(home: Path, record: StackRecord) -> None:
    files.write_private_file(_record_file(home), json.dumps(asdict(record)))


def delete_record(home: Path) -> None:
    _record_file(home).unlink(missing_ok=True)


def lock_home(home: Path) -> AbstractContextManager[None]:
    """Wait until no other command starts or stops the stack of this home, then lock it for the context."""
    return files.lock_file(home / "up.lock")


def _record_file(home: Path) -> Path:
    return home / "up.json"

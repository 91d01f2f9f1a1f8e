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

    `manifests` are absolute paths of folders. A platform of the kind `yours` consists of the user's own servers.
    """

    platform: PlatformKind
    manifests: tuple[str, ...]
    endpoints: Endpoints


def find_home() -> Path:
    """Return the absolute path of the home folder.

    It is $PAGEBUS_HOME, or else `pagebus` in the folder for state files of the XDG base directory specification.
    """
    if folder := os.environ.get("PAGEBUS_HOME"):
        return Path(folder).absolute()
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state").absolute() / "pagebus"


def load_record(home: Path) -> StackRecord | None:
    """Return the record of the last `pagebus up`, or None if `pagebus down` has deleted it or there was none."""
    try:
        record_fields = json.loads(_record_file(home).read_text())
    except FileNotFoundError:
        return None
    return StackRecord(
        record_fields["platform"], tuple(record_fields["manifests"]), Endpoints(**record_fields["endpoints"])
    )


def save_record(home: Path, record: StackRecord) -> None:
    files.write_private_file(_record_file(home), json.dumps(asdict(record)))


def delete_record(home: Path) -> None:
    _record_file(home).unlink(missing_ok=True)


def lock_home(home: Path) -> AbstractContextManager[None]:
    """Return a context in which no other command can start or stop the stack of this home.

    If another command is doing that, entering the context waits until the command has finished.
    """
    return files.lock_file(home / "up.lock")


def _record_file(home: Path) -> Path:
    return home / "up.json"

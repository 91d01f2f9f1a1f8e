"""A rig for every test, which leaves no process behind."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.twin.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    _ended(made)


@pytest.fixture
def other(rig: Rig, tmp_path: Path) -> Iterator[Rig]:
    """A second twin on the broker of the first."""
    made = Rig(tmp_path / "other", rig.broker)
    yield made
    _ended(made)


def _ended(made: Rig) -> None:
    status = made.end()
    left = _left(made.home)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert (status, left) == (0, [])


def _left(home: Path) -> list[int]:
    """Processes that carry the mark of this home."""
    mark = f"PAGEBUS_TWIN_HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        found += [int(folder.name)] if mark in environment.split(b"\0") else []
    return found

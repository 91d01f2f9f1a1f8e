"""A twin for each test, which must leave no process behind."""

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
    _end_twin(made)


@pytest.fixture
def other(rig: Rig, tmp_path: Path) -> Iterator[Rig]:
    """Provide a second twin on the broker of the first."""
    made = Rig(tmp_path / "other", rig.broker)
    yield made
    _end_twin(made)


def _end_twin(made: Rig) -> None:
    status = made.end()
    left = _list_left_processes(made.home)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert (status, left) == (0, [])


def _list_left_processes(home: Path) -> list[int]:
    """Return the ids of processes that are marked with this home."""
    mark = f"PAGEBUS_TWIN_HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        found += [int(folder.name)] if mark in environment.split(b"\0") else []
    return found

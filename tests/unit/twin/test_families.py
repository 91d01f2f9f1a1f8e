"""Who belongs to a replica, and what they use."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.twin.services.families import Families, used

_MIB = 1 << 20
# A child in a session of its own, which outlives its parent when that is told to end.
_PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def parent() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process, and the pid of its child."""
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout
        child = int(running.stdout.readline())
        yield running, child
        os.kill(child, 9)


def test_a_child_in_another_session_is_of_the_family_and_stays_it_as_an_orphan(
    parent: tuple[subprocess.Popen[bytes], int],
) -> None:
    running, child = parent
    families = Families()
    assert sorted(families.of(running.pid)) == sorted([running.pid, child])
    assert running.stdin
    running.stdin.close()
    running.wait()
    assert child in families.of(running.pid)


def test_a_process_of_nobody_is_in_no_family(tmp_path: Path) -> None:
    for pid, parent in ((1, 0), (7, 1), (8, 7), (9, 8), (20, 1), (21, 20)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (a ) name) S {parent} 1 1 0")
    families = Families(tmp_path)
    assert sorted(families.of(7)) == [7, 8, 9]
    assert sorted(families.of(20)) == [20, 21]
    assert sorted(families.of(7)) == [7, 8, 9]


def test_what_is_used_is_counted_closely_only_above_the_limit() -> None:
    rough = asyncio.run(used([os.getpid()], 1 << 50))
    close = asyncio.run(used([os.getpid()], 0))
    assert _MIB < close < rough


def test_who_has_gone_uses_nothing(parent: tuple[subprocess.Popen[bytes], int]) -> None:
    running, _ = parent
    assert running.stdin
    running.stdin.close()
    running.wait()
    assert asyncio.run(used([running.pid], 0)) == 0

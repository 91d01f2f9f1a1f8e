"""Process trees of replicas, and their memory."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.twin.services.process_trees import ProcessTrees, measure_memory

_MIB = 1 << 20
# The child has its own session, and continues to run after its parent has ended.
_PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def parent() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start a process with a child, and yield both; the child is given by its pid."""
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout
        child = int(running.stdout.readline())
        yield running, child
        os.kill(child, 9)


def test_child_in_another_session_stays_in_the_tree_as_orphan(
    parent: tuple[subprocess.Popen[bytes], int],
) -> None:
    running, child = parent
    families = ProcessTrees()
    assert sorted(families.list_members(running.pid)) == sorted([running.pid, child])
    assert running.stdin
    running.stdin.close()
    running.wait()
    assert child in families.list_members(running.pid)


def test_unrelated_process_is_in_no_tree(tmp_path: Path) -> None:
    for pid, parent in ((1, 0), (7, 1), (8, 7), (9, 8), (20, 1), (21, 20)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (a ) name) S {parent} 1 1 0")
    families = ProcessTrees(tmp_path)
    assert sorted(families.list_members(7)) == [7, 8, 9]
    assert sorted(families.list_members(20)) == [20, 21]
    assert sorted(families.list_members(7)) == [7, 8, 9]


def test_memory_is_measured_exactly_only_above_the_limit() -> None:
    rough = asyncio.run(measure_memory([os.getpid()], 1 << 50))
    close = asyncio.run(measure_memory([os.getpid()], 0))
    assert _MIB < close < rough


def test_ended_process_uses_no_memory(parent: tuple[subprocess.Popen[bytes], int]) -> None:
    running, _ = parent
    assert running.stdin
    running.stdin.close()
    running.wait()
    assert asyncio.run(measure_memory([running.pid], 0)) == 0

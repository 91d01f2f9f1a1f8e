"""Limits without control groups."""

import asyncio
import os
from pathlib import Path

from local.twin.services import process
from local.twin.services.limits import Limits
from local.twin.services.polled_limits import PollingEnforcer


def test_cores_are_assigned_in_turn() -> None:
    watching = PollingEnforcer(cores=range(4))
    dealt = [sorted(watching.create_guard("echo-1", Limits(cpu=cpu)).cores) for cpu in (0.5, 1.5, 2, 1)]
    assert dealt == [[0], [1, 2], [0, 3], [1]]


def test_limit_of_all_cores_assigns_none() -> None:
    watching = PollingEnforcer(cores=range(2))
    assert [watching.create_guard("echo-1", Limits(cpu=cpu)).cores for cpu in (None, 2, 16)] == [frozenset()] * 3


def test_process_runs_on_its_assigned_cores(tmp_path: Path) -> None:
    mine = sorted(os.sched_getaffinity(0))
    bound = PollingEnforcer(cores=[*mine, mine[-1] + 1]).create_guard("echo-1", Limits(cpu=0.5))

    async def seen() -> set[int]:
        running = await process.start(["sleep", "60"], dict(os.environ), None, tmp_path / "log", bound)
        held = asyncio.create_task(bound.supervise(running))
        cores = os.sched_getaffinity(running.pid)
        process.kill_session(running)
        await held
        return cores

    assert asyncio.run(seen()) == {mine[0]}
    assert not bound.is_oom_killed

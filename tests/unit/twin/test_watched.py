"""Replicas that are held to their limits without control groups."""

import asyncio
import os
from pathlib import Path

from local.twin.services import process
from local.twin.services.limits import Limits
from local.twin.services.watched import Watching


def test_cores_are_dealt_out_in_turn() -> None:
    watching = Watching(cores=range(4))
    dealt = [sorted(watching.bind("echo-1", Limits(cpu=cpu)).cores) for cpu in (0.5, 1.5, 2, 1)]
    assert dealt == [[0], [1, 2], [0, 3], [1]]


def test_who_may_use_all_cores_is_bound_to_none() -> None:
    watching = Watching(cores=range(2))
    assert [watching.bind("echo-1", Limits(cpu=cpu)).cores for cpu in (None, 2, 16)] == [frozenset()] * 3


def test_a_process_runs_on_the_cores_that_it_was_dealt(tmp_path: Path) -> None:
    mine = sorted(os.sched_getaffinity(0))
    bound = Watching(cores=[*mine, mine[-1] + 1]).bind("echo-1", Limits(cpu=0.5))

    async def seen() -> set[int]:
        running = await process.start(["sleep", "60"], dict(os.environ), None, tmp_path / "log", bound)
        held = asyncio.create_task(bound.hold(running))
        cores = os.sched_getaffinity(running.pid)
        process.kill(running)
        await held
        return cores

    assert asyncio.run(seen()) == {mine[0]}
    assert not bound.out_of_memory

"""The queue in front of replicas."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from local.twin.activator import Activator, Backend, QueueFullError


def played(scene: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(5):
            await scene()

    asyncio.run(limited())


def test_requests_wait_while_nothing_runs_and_go_in_order() -> None:
    async def scene() -> None:
        activator, order = Activator(1, lambda *_: None), []

        async def ask(number: int) -> None:
            async with activator.backend():
                order.append(number)

        asking = [asyncio.create_task(ask(number)) for number in range(5)]
        await asyncio.sleep(0)
        assert (activator.queue, order) == (5, [])
        activator.add(Backend("h", 1))
        await asyncio.gather(*asking)
        assert order == [0, 1, 2, 3, 4]

    played(scene)


def test_a_replica_never_gets_more_than_its_concurrency() -> None:
    async def scene() -> None:
        activator, most = Activator(2, lambda *_: None), []
        backends = [Backend("h", 1), Backend("h", 2)]
        for backend in backends:
            activator.add(backend)

        async def ask() -> None:
            async with activator.backend() as backend:
                most.append(backend.in_flight)
                await asyncio.sleep(0)

        await asyncio.gather(*(ask() for _ in range(20)))
        assert max(most) == 2
        assert all(backend.idle.is_set() for backend in backends)

    played(scene)


def test_a_caller_that_gives_up_leaves_its_place_to_the_next() -> None:
    async def scene() -> None:
        activator, backend = Activator(1, lambda *_: None), Backend("h", 1)

        async def ask() -> None:
            async with activator.backend():
                pass

        first, second = asyncio.create_task(ask()), asyncio.create_task(ask())
        await asyncio.sleep(0)
        activator.add(backend)
        first.cancel()
        await second
        assert (first.cancelled(), backend.in_flight) == (True, 0)

    played(scene)


def test_what_exceeds_the_capacity_is_refused() -> None:
    async def scene() -> None:
        changes: list[int] = []
        activator = Activator(1, lambda by, _: changes.append(by), capacity=0)
        with pytest.raises(QueueFullError):
            async with activator.backend():
                raise AssertionError
        assert sum(changes) == 0

    played(scene)


def test_a_replica_that_goes_gets_nothing_new() -> None:
    async def scene() -> None:
        activator, going, staying = Activator(0, lambda *_: None), Backend("h", 1), Backend("h", 2)
        activator.add(going)
        activator.add(staying)
        activator.remove(going)
        async with activator.backend() as backend:
            assert backend is staying

    played(scene)


def test_what_waits_for_a_replica_that_will_not_come_is_refused_and_so_is_what_comes_after() -> None:
    async def scene() -> None:
        activator = Activator(1, lambda *_: None)

        async def ask() -> None:
            async with activator.backend():
                raise AssertionError

        waiting = asyncio.create_task(ask())
        await asyncio.sleep(0)
        activator.refuse()
        for request in (waiting, asyncio.create_task(ask())):
            with pytest.raises(QueueFullError):
                await request

    played(scene)

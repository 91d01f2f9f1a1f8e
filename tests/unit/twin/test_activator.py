"""The queue in front of replicas."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from local.twin.services.activator import Activator, Backend, QueueFullError


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


def test_a_replica_that_is_asked_directly_queues_ten_times_its_concurrency_and_refuses_the_rest() -> None:
    async def scene() -> None:
        activator = Activator(1, lambda *_: None)
        activator.add(Backend("h", 1))
        activator.proxying = False
        done, refused = 0, 0

        async def ask() -> None:
            nonlocal done, refused
            try:
                async with activator.backend():
                    await asyncio.sleep(0.001)
                    done += 1
            except QueueFullError:
                refused += 1

        await asyncio.gather(*(ask() for _ in range(30)))
        assert (done, refused) == (11, 19)

    played(scene)


def test_through_the_activator_thirty_requests_wait_for_one_place() -> None:
    async def scene() -> None:
        activator, done = Activator(1, lambda *_: None), []
        activator.add(Backend("h", 1))

        async def ask(number: int) -> None:
            async with activator.backend():
                await asyncio.sleep(0.001)
                done.append(number)

        await asyncio.gather(*(ask(number) for number in range(30)))
        assert done == list(range(30))

    played(scene)


def test_while_nothing_is_ready_even_direct_requests_wait_in_the_activator() -> None:
    async def scene() -> None:
        ways: list[bool] = []
        activator = Activator(1, lambda by, proxied: ways.append(proxied) if by > 0 else None)
        activator.proxying = False

        async def ask() -> None:
            async with activator.backend():
                pass

        asking = asyncio.create_task(ask())
        await asyncio.sleep(0)
        activator.add(Backend("h", 1))
        await asking
        await ask()
        assert ways == [True, False]

    played(scene)


@pytest.mark.parametrize(
    ("limit", "ports"),
    [
        pytest.param(1, [1, 2, 3], id="one at a time never share"),
        pytest.param(2, [1, 1, 2], id="few go to the first with room"),
        pytest.param(4, [1, 2, 3], id="many go round"),
        pytest.param(0, [1, 2, 3], id="without a limit to the least loaded"),
    ],
)
def test_requests_are_spread_by_the_concurrency(limit: int, ports: list[int]) -> None:
    async def scene() -> None:
        activator = Activator(limit, lambda *_: None)
        for port in (1, 2, 3):
            activator.add(Backend("h", port))
        async with activator.backend() as one, activator.backend() as two, activator.backend() as three:
            assert [one.port, two.port, three.port] == ports

    played(scene)


def test_a_replica_that_turns_unready_gets_nothing_until_it_is_ready_again() -> None:
    async def scene() -> None:
        activator, backend = Activator(1, lambda *_: None), Backend("h", 1)
        activator.add(backend)
        activator.remove(backend)
        asking = asyncio.create_task(activator.backend().__aenter__())
        await asyncio.sleep(0)
        assert activator.queue == 1
        activator.add(backend)
        activator.add(backend)
        assert await asking is backend

    played(scene)


def test_a_replica_that_goes_is_not_idle_while_its_own_queue_is_not_empty() -> None:
    async def scene() -> None:
        activator, backend, seen = Activator(1, lambda *_: None), Backend("h", 1), []
        activator.add(backend)
        activator.proxying = False

        async def ask() -> None:
            async with activator.backend():
                await asyncio.sleep(0.001)
                seen.append(backend.idle.is_set())

        asking = asyncio.gather(ask(), ask())
        await asyncio.sleep(0)
        activator.remove(backend)
        await backend.idle.wait()
        assert seen == [False, False]
        await asking

    played(scene)

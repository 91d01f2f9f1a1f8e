"""The activator: its queue, load balancing and limits."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from local.twin.services.activator import Activator, Backend, QueueFullError


def run_scene(scene: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(5):
            await scene()

    asyncio.run(limited())


def test_requests_wait_for_a_replica_in_order() -> None:
    async def scene() -> None:
        activator, order = Activator(1, lambda *_: None), []

        async def ask(number: int) -> None:
            async with activator.acquire_backend():
                order.append(number)

        asking = [asyncio.create_task(ask(number)) for number in range(5)]
        await asyncio.sleep(0)
        assert (activator.queue_length, order) == (5, [])
        activator.add_backend(Backend("h", 1))
        await asyncio.gather(*asking)
        assert order == [0, 1, 2, 3, 4]

    run_scene(scene)


def test_replica_never_exceeds_its_concurrency() -> None:
    async def scene() -> None:
        activator, most = Activator(2, lambda *_: None), []
        backends = [Backend("h", 1), Backend("h", 2)]
        for backend in backends:
            activator.add_backend(backend)

        async def ask() -> None:
            async with activator.acquire_backend() as backend:
                most.append(backend.in_flight)
                await asyncio.sleep(0)

        await asyncio.gather(*(ask() for _ in range(20)))
        assert max(most) == 2
        assert all(backend.became_idle.is_set() for backend in backends)

    run_scene(scene)


def test_cancelled_request_passes_its_slot_on() -> None:
    async def scene() -> None:
        activator, backend = Activator(1, lambda *_: None), Backend("h", 1)

        async def ask() -> None:
            async with activator.acquire_backend():
                pass

        first, second = asyncio.create_task(ask()), asyncio.create_task(ask())
        await asyncio.sleep(0)
        activator.add_backend(backend)
        first.cancel()
        await second
        assert (first.cancelled(), backend.in_flight) == (True, 0)

    run_scene(scene)


def test_request_above_the_capacity_is_refused() -> None:
    async def scene() -> None:
        changes: list[int] = []
        activator = Activator(1, lambda by, _: changes.append(by), capacity=0)
        with pytest.raises(QueueFullError):
            async with activator.acquire_backend():
                raise AssertionError
        assert sum(changes) == 0

    run_scene(scene)


def test_removed_replica_gets_no_new_request() -> None:
    async def scene() -> None:
        activator, going, staying = Activator(0, lambda *_: None), Backend("h", 1), Backend("h", 2)
        activator.add_backend(going)
        activator.add_backend(staying)
        activator.remove_backend(going)
        async with activator.acquire_backend() as backend:
            assert backend is staying

    run_scene(scene)


def test_stopped_activator_refuses_waiting_and_new_requests() -> None:
    async def scene() -> None:
        activator = Activator(1, lambda *_: None)

        async def ask() -> None:
            async with activator.acquire_backend():
                raise AssertionError

        waiting = asyncio.create_task(ask())
        await asyncio.sleep(0)
        activator.refuse_requests()
        for request in (waiting, asyncio.create_task(ask())):
            with pytest.raises(QueueFullError):
                await request

    run_scene(scene)


def test_direct_queue_holds_ten_times_the_concurrency() -> None:
    async def scene() -> None:
        activator = Activator(1, lambda *_: None)
        activator.add_backend(Backend("h", 1))
        activator.in_proxy_mode = False
        done, refused = 0, 0

        async def ask() -> None:
            nonlocal done, refused
            try:
                async with activator.acquire_backend():
                    await asyncio.sleep(0.001)
                    done += 1
            except QueueFullError:
                refused += 1

        await asyncio.gather(*(ask() for _ in range(30)))
        assert (done, refused) == (11, 19)

    run_scene(scene)


def test_thirty_requests_wait_in_the_activator_for_one_slot() -> None:
    async def scene() -> None:
        activator, done = Activator(1, lambda *_: None), []
        activator.add_backend(Backend("h", 1))

        async def ask(number: int) -> None:
            async with activator.acquire_backend():
                await asyncio.sleep(0.001)
                done.append(number)

        await asyncio.gather(*(ask(number) for number in range(30)))
        assert done == list(range(30))

    run_scene(scene)


def test_direct_requests_wait_in_activator_without_ready_replicas() -> None:
    async def scene() -> None:
        ways: list[bool] = []
        activator = Activator(1, lambda by, proxied: ways.append(proxied) if by > 0 else None)
        activator.in_proxy_mode = False

        async def ask() -> None:
            async with activator.acquire_backend():
                pass

        asking = asyncio.create_task(ask())
        await asyncio.sleep(0)
        activator.add_backend(Backend("h", 1))
        await asking
        await ask()
        assert ways == [True, False]

    run_scene(scene)


@pytest.mark.parametrize(
    ("limit", "ports"),
    [
        pytest.param(1, [1, 2, 3], id="one at a time never share"),
        pytest.param(2, [1, 1, 2], id="few go to the first with room"),
        pytest.param(4, [1, 2, 3], id="many go round"),
        pytest.param(0, [1, 2, 3], id="without a limit to the least loaded"),
    ],
)
def test_load_balancing_depends_on_the_concurrency(limit: int, ports: list[int]) -> None:
    async def scene() -> None:
        activator = Activator(limit, lambda *_: None)
        for port in (1, 2, 3):
            activator.add_backend(Backend("h", port))
        async with (
            activator.acquire_backend() as one,
            activator.acquire_backend() as two,
            activator.acquire_backend() as three,
        ):
            assert [one.port, two.port, three.port] == ports

    run_scene(scene)


def test_unready_replica_gets_no_request_until_ready_again() -> None:
    async def scene() -> None:
        activator, backend = Activator(1, lambda *_: None), Backend("h", 1)
        activator.add_backend(backend)
        activator.remove_backend(backend)
        asking = asyncio.create_task(activator.acquire_backend().__aenter__())
        await asyncio.sleep(0)
        assert activator.queue_length == 1
        activator.add_backend(backend)
        activator.add_backend(backend)
        assert await asking is backend

    run_scene(scene)


def test_removed_replica_is_busy_until_its_queue_is_empty() -> None:
    async def scene() -> None:
        activator, backend, seen = Activator(1, lambda *_: None), Backend("h", 1), []
        activator.add_backend(backend)
        activator.in_proxy_mode = False

        async def ask() -> None:
            async with activator.acquire_backend():
                await asyncio.sleep(0.001)
                seen.append(backend.became_idle.is_set())

        asking = asyncio.gather(ask(), ask())
        await asyncio.sleep(0)
        activator.remove_backend(backend)
        await backend.became_idle.wait()
        assert seen == [False, False]
        await asking

    run_scene(scene)

"""The queue in front of a Service's replicas: holds requests while nothing runs, and keeps to containerConcurrency."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field

from local.twin.connection import Connection

# pkg/activator/net/throttler.go: what waits beyond this is refused.
CAPACITY = 10_000


class QueueFullError(Exception):
    """Too many requests wait already."""


@dataclass(eq=False)
class Backend:
    """A replica as requests see it."""

    host: str
    port: int
    in_flight: int = 0
    ready: bool = False
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[Connection] = field(default_factory=list)

    def take(self) -> None:
        self.in_flight += 1
        self.idle.clear()

    def hang_up(self) -> None:
        """Close the connections that wait for a next request: there will be none."""
        while self.connections:
            self.connections.pop().close()

    def give_back(self) -> None:
        self.in_flight -= 1
        if not self.in_flight:
            self.idle.set()


class Activator:
    """`limit` requests at a time in one backend, or no limit where it is 0; `changed` hears of every +1 and -1."""

    def __init__(self, limit: int, changed: Callable[[int], None], capacity: int = CAPACITY) -> None:
        self._limit = limit
        self._changed = changed
        self._capacity = capacity
        self._waiting: deque[asyncio.Future[Backend]] = deque()
        self._backends: list[Backend] = []

    @property
    def queue(self) -> int:
        return sum(not turn.done() for turn in self._waiting)

    @property
    def in_flight(self) -> int:
        return sum(backend.in_flight for backend in self._backends)

    def add(self, backend: Backend) -> None:
        backend.ready = True
        self._backends.append(backend)
        self._offer()

    def remove(self, backend: Backend) -> None:
        """No new request for `backend`; those in flight go on."""
        backend.ready = False
        backend.hang_up()
        if backend in self._backends:
            self._backends.remove(backend)

    def refuse(self) -> None:
        """No replica will come any more: what waits, and whoever asks from now on, is refused."""
        self._capacity = 0
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(QueueFullError())
        self._waiting.clear()

    @asynccontextmanager
    async def backend(self, waiting: AbstractContextManager[None] | None = None) -> AsyncIterator[Backend]:
        """A place in a replica, as soon as there is one; within `waiting` until then. Raises QueueFullError."""
        self._changed(1)
        try:
            backend = await self._turn(waiting or nullcontext())
            try:
                yield backend
            finally:
                self._release(backend)
        finally:
            self._changed(-1)

    async def _turn(self, waiting: AbstractContextManager[None]) -> Backend:
        if not self.queue and (backend := self._free()):
            backend.take()
            return backend
        if self.queue >= self._capacity:
            raise QueueFullError
        turn: asyncio.Future[Backend] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            with waiting:
                return await turn
        except asyncio.CancelledError:
            # The place may have been given in the same moment in which the caller gave up.
            if turn.done() and not turn.cancelled() and not turn.exception():
                self._release(turn.result())
            raise

    def _release(self, backend: Backend) -> None:
        backend.give_back()
        if not backend.ready:
            backend.hang_up()
        self._offer()

    def _free(self) -> Backend | None:
        free = [found for found in self._backends if not self._limit or found.in_flight < self._limit]
        return min(free, key=lambda found: found.in_flight, default=None)

    def _offer(self) -> None:
        while self._waiting and (self._waiting[0].done() or self._free()):
            turn = self._waiting.popleft()
            backend = self._free()
            if turn.done() or backend is None:
                continue
            backend.take()
            turn.set_result(backend)

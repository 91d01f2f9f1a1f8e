"""The way of requests to a Service's replicas: through the activator's queue, or straight into a replica's own.

Follows knative/serving: pkg/activator/net/{throttler,lb_policy}.go and pkg/queue/breaker.go.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field

from local.twin.connection import Connection

#: What waits in the activator beyond this is refused; a cluster adds what its replicas can take.
CAPACITY = 10_000
# A queue-proxy keeps so many times its containerConcurrency waiting.
_WAITING_PER_PLACE = 10
# Up to this containerConcurrency the first replica with room gets a request, above it each in turn.
_FEW = 3

Turn = asyncio.Future["Backend"]
Changed = Callable[[int, bool], None]


class QueueFullError(Exception):
    """Too many requests wait already."""


@dataclass(eq=False)
class Backend:
    """A replica as requests see it; `waiting` is the queue of its queue-proxy."""

    host: str
    port: int
    in_flight: int = 0
    ready: bool = False
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[Connection] = field(default_factory=list)
    waiting: deque[Turn] = field(default_factory=deque)

    @property
    def busy(self) -> bool:
        """Whether anybody needs it still."""
        return bool(self.in_flight or _unanswered(self.waiting))

    def take(self) -> None:
        self.in_flight += 1
        self.idle.clear()

    def hang_up(self) -> None:
        """Close the connections that wait for a next request: there will be none."""
        while self.connections:
            self.connections.pop().close()

    def give_back(self) -> None:
        self.in_flight -= 1
        if not self.busy:
            self.idle.set()


class Activator:
    """`limit` requests at a time in one backend, or no limit where it is 0.

    `changed` hears of every +1 and -1, and whether it goes through the activator.
    """

    def __init__(self, limit: int, changed: Changed, capacity: int = CAPACITY) -> None:
        self._limit = limit
        self._changed = changed
        self._capacity = capacity
        self._waiting: deque[Turn] = deque()
        self._backends: list[Backend] = []
        self._next = 0
        #: Whether requests are queued here, for want of capacity to spare; the autoscaler says so.
        self.proxying = True

    @property
    def queue(self) -> int:
        return _unanswered(self._waiting) + sum(_unanswered(backend.waiting) for backend in self._backends)

    @property
    def in_flight(self) -> int:
        return sum(backend.in_flight for backend in self._backends)

    def add(self, backend: Backend) -> None:
        backend.ready = True
        if backend not in self._backends:
            self._backends.append(backend)
        self._offer()

    def remove(self, backend: Backend) -> None:
        """No new request for `backend`; those in flight or in its queue go on."""
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
        proxied = self.proxying or not self._backends
        self._changed(1, proxied)
        try:
            backend = await (self._turn if proxied else self._own_turn)(waiting or nullcontext())
            try:
                yield backend
            finally:
                self._release(backend)
        finally:
            self._changed(-1, proxied)

    async def _turn(self, waiting: AbstractContextManager[None]) -> Backend:
        if not _unanswered(self._waiting) and (backend := self._free()):
            backend.take()
            return backend
        if _unanswered(self._waiting) >= self._capacity:
            raise QueueFullError
        return await self._queued(self._waiting, waiting)

    async def _own_turn(self, waiting: AbstractContextManager[None]) -> Backend:
        """In the queue of the replica that kube-proxy chose, whatever room others may have."""
        self._next += 1
        backend = self._backends[self._next % len(self._backends)]
        if self._has_room(backend) and not _unanswered(backend.waiting):
            backend.take()
            return backend
        if _unanswered(backend.waiting) >= self._limit * _WAITING_PER_PLACE:
            raise QueueFullError
        return await self._queued(backend.waiting, waiting)

    async def _queued(self, queue: deque[Turn], waiting: AbstractContextManager[None]) -> Backend:
        turn: Turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
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
        _hand_on(backend.waiting, lambda: backend if self._has_room(backend) else None)
        self._offer()

    def _has_room(self, backend: Backend) -> bool:
        return not self._limit or backend.in_flight < self._limit

    def _free(self) -> Backend | None:
        """The backend whose turn it is, of those with room."""
        if not self._limit:
            return min(self._backends, key=lambda found: found.in_flight, default=None)
        count = len(self._backends)
        start = self._next if self._limit > _FEW else 0
        for at in range(start, start + count):
            if self._has_room(backend := self._backends[at % count]):
                self._next = at % count + 1
                return backend
        return None

    def _offer(self) -> None:
        _hand_on(self._waiting, self._free)


def _unanswered(queue: deque[Turn]) -> int:
    return sum(not turn.done() for turn in queue)


def _hand_on(queue: deque[Turn], free: Callable[[], Backend | None]) -> None:
    """Give the places that are free to those who wait longest."""
    while queue:
        if queue[0].done():
            queue.popleft()
        elif backend := free():
            backend.take()
            queue.popleft().set_result(backend)
        else:
            return

"""The activator of a Service: requests wait in its queue, or go directly to the queue of one replica.

Follows knative/serving: pkg/activator/net/{throttler,lb_policy}.go and pkg/queue/breaker.go.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field

from local.twin.connection import Connection

#: The maximum number of requests that wait in the activator, which refuses further requests. On a cluster, it is larger
#: by the capacity of the replicas.
CAPACITY = 10_000
# A queue-proxy queues this many requests for each unit of containerConcurrency.
_QUEUE_PER_SLOT = 10
# Up to this containerConcurrency, the first replica with a free slot gets the request. Above it, replicas take turns.
_FIRST_FREE_MAX = 3

Waiter = asyncio.Future["Backend"]
OnInFlightChange = Callable[[int, bool], None]


class QueueFullError(Exception):
    """The queue of waiting requests is full."""


@dataclass(eq=False)
class Backend:
    """A replica as a target of requests.

    `connections` are idle and can be used again. `queue` is the queue of the replica's queue-proxy.
    """

    host: str
    port: int
    in_flight: int = 0
    is_ready: bool = False
    became_idle: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[Connection] = field(default_factory=list)
    queue: deque[Waiter] = field(default_factory=deque)

    @property
    def is_busy(self) -> bool:
        """True if a request is in flight or waits in the queue of this backend."""
        return bool(self.in_flight or _count_waiting(self.queue))

    def acquire_slot(self) -> None:
        self.in_flight += 1
        self.became_idle.clear()

    def close_idle_connections(self) -> None:
        """Close the idle connections. Call this when the backend gets no further requests."""
        while self.connections:
            self.connections.pop().close()

    def release_slot(self) -> None:
        self.in_flight -= 1
        if not self.is_busy:
            self.became_idle.set()


class Activator:
    """The queue and load balancer of one Service.

    A backend handles `limit` requests at a time; 0 means no limit. `on_change(delta, is_proxied)` is called
    when a request arrives (+1) and when it ends (-1); `is_proxied` is true if the request goes through the activator.
    """

    def __init__(self, limit: int, on_change: OnInFlightChange, capacity: int = CAPACITY) -> None:
        self._limit = limit
        self._on_change = on_change
        self._capacity = capacity
        self._queue: deque[Waiter] = deque()
        self._backends: list[Backend] = []
        self._next_index = 0
        #: True if requests wait in the activator's queue, and False if they go directly to a replica. The autoscaler
        #: sets it to True while there is no replica or too little spare capacity.
        self.in_proxy_mode = True

    @property
    def queue_length(self) -> int:
        return _count_waiting(self._queue) + sum(_count_waiting(backend.queue) for backend in self._backends)

    @property
    def in_flight(self) -> int:
        return sum(backend.in_flight for backend in self._backends)

    def add_backend(self, backend: Backend) -> None:
        backend.is_ready = True
        if backend not in self._backends:
            self._backends.append(backend)
        self._serve_queue()

    def remove_backend(self, backend: Backend) -> None:
        """Send no new request to `backend`. Requests in flight or in its queue continue."""
        backend.is_ready = False
        backend.close_idle_connections()
        if backend in self._backends:
            self._backends.remove(backend)

    def refuse_requests(self) -> None:
        """Refuse all waiting and all future requests, because no further replica will start."""
        self._capacity = 0
        for waiter in self._queue:
            if not waiter.done():
                waiter.set_exception(QueueFullError())
        self._queue.clear()

    @asynccontextmanager
    async def acquire_backend(self, while_queued: AbstractContextManager[None] | None = None) -> AsyncIterator[Backend]:
        """Yield a backend as soon as it has a free slot. The context manager `while_queued` is active during the wait.

        Raise QueueFullError if too many requests wait already.
        """
        is_proxied = self.in_proxy_mode or not self._backends
        self._on_change(1, is_proxied)
        try:
            backend = await (self._acquire_any_backend if is_proxied else self._acquire_next_backend)(
                while_queued or nullcontext()
            )
            try:
                yield backend
            finally:
                self._release(backend)
        finally:
            self._on_change(-1, is_proxied)

    async def _acquire_any_backend(self, while_queued: AbstractContextManager[None]) -> Backend:
        """Wait in the activator's queue until any replica has a free slot."""
        if not _count_waiting(self._queue) and (backend := self._find_free_backend()):
            backend.acquire_slot()
            return backend
        if _count_waiting(self._queue) >= self._capacity:
            raise QueueFullError
        return await self._wait_in_queue(self._queue, while_queued)

    async def _acquire_next_backend(self, while_queued: AbstractContextManager[None]) -> Backend:
        """Wait in the queue of the next replica in turn. As with kube-proxy, another replica may have a free slot."""
        self._next_index += 1
        backend = self._backends[self._next_index % len(self._backends)]
        if self._has_free_slot(backend) and not _count_waiting(backend.queue):
            backend.acquire_slot()
            return backend
        if _count_waiting(backend.queue) >= self._limit * _QUEUE_PER_SLOT:
            raise QueueFullError
        return await self._wait_in_queue(backend.queue, while_queued)

    async def _wait_in_queue(self, queue: deque[Waiter], while_queued: AbstractContextManager[None]) -> Backend:
        waiter: Waiter = asyncio.get_running_loop().create_future()
        queue.append(waiter)
        try:
            with while_queued:
                return await waiter
        except asyncio.CancelledError:
            # If a slot was assigned just before the caller was cancelled, the slot must become free again.
            if waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._release(waiter.result())
            raise

    def _release(self, backend: Backend) -> None:
        backend.release_slot()
        if not backend.is_ready:
            backend.close_idle_connections()
        _assign_free_slots(backend.queue, lambda: backend if self._has_free_slot(backend) else None)
        self._serve_queue()

    def _has_free_slot(self, backend: Backend) -> bool:
        return not self._limit or backend.in_flight < self._limit

    def _find_free_backend(self) -> Backend | None:
        """Return a backend with a free slot, or None.

        Without a limit, return the backend with the fewest requests in flight. With a limit up to `_FIRST_FREE_MAX`,
        search from the first backend. Above it, search from the next backend in turn.
        """
        if not self._limit:
            return min(self._backends, key=lambda backend: backend.in_flight, default=None)
        count = len(self._backends)
        start = self._next_index if self._limit > _FIRST_FREE_MAX else 0
        for index in range(start, start + count):
            if self._has_free_slot(backend := self._backends[index % count]):
                self._next_index = index % count + 1
                return backend
        return None

    def _serve_queue(self) -> None:
        _assign_free_slots(self._queue, self._find_free_backend)


def _count_waiting(queue: deque[Waiter]) -> int:
    return sum(not waiter.done() for waiter in queue)


def _assign_free_slots(queue: deque[Waiter], find_backend: Callable[[], Backend | None]) -> None:
    """Assign free slots to the requests that have waited longest, until `find_backend` returns None."""
    while queue:
        if queue[0].done():
            queue.popleft()
        elif backend := find_backend():
            backend.acquire_slot()
            queue.popleft().set_result(backend)
        else:
            return

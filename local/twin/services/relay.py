"""A request's way through gateway, activator and queue-proxy to a replica, and its answer's way back."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Protocol

import h11

from local.manifests.serving import RevisionSpec
from local.twin.connection import Connection
from local.twin.http import Answer, TransportError
from local.twin.services.activator import Backend, QueueFullError
from local.twin.services.clocks import Clocks
from local.twin.services.exchange import Message, connected, exchanged

QUEUE_FULL = Answer(503, b"pending request queue full\n")

Place = AbstractAsyncContextManager[Backend]


class Caller(Protocol):
    """Who waits for the answer."""

    async def head(self, head: h11.Response) -> None: ...

    async def part(self, data: bytes) -> None: ...

    async def end(self) -> None: ...

    async def instead(self, answer: Answer) -> None:
        """The whole answer, made on the way because none came."""


async def relay(revision: RevisionSpec, place: Place, message: Callable[[], Message], caller: Caller) -> None:
    """Within the revision's timeouts, one of which ends an answer under way with a text, as if that were its end.

    Raises TransportError when an answer breaks off.
    """
    clocks = Clocks(revision, asyncio.get_running_loop().time())
    try:
        async with (
            asyncio.timeout_at(clocks.expires) as limit,
            place as backend,
            aclosing(_parts(backend, message())) as parts,
        ):
            async for part in parts:
                limit.reschedule(clocks.wrote(asyncio.get_running_loop().time()))
                await (caller.head(part) if isinstance(part, h11.Response) else caller.part(bytes(part.data)))
        await caller.end()
    except TimeoutError:
        await _timed_out(clocks, caller)
    except QueueFullError:
        await caller.instead(QUEUE_FULL)
    except TransportError as error:
        if clocks.started:
            raise
        await caller.instead(Answer(502, f"{error}\n".encode()))


async def _timed_out(clocks: Clocks, caller: Caller) -> None:
    if not clocks.started:
        return await caller.instead(Answer(504, clocks.text))
    await caller.part(clocks.text)
    return await caller.end()


async def _parts(backend: Backend, message: Message) -> AsyncGenerator[h11.Response | h11.Data]:
    async with _connection(backend, message) as connection, aclosing(exchanged(connection, message)) as parts:
        async for part in parts:
            yield part


@asynccontextmanager
async def _connection(backend: Backend, message: Message) -> AsyncIterator[Connection]:
    """One that rests, or a new one, which is safer for a body that can't be sent again; it rests afterwards."""
    resting = await _resting(backend) if isinstance(message.body, bytes) else None
    connection = resting or await connected(backend.host, backend.port)
    try:
        yield connection
    except BaseException:
        connection.close()
        raise
    if connection.is_done:
        connection.rest()
        backend.connections.append(connection)
    else:
        connection.close()


async def _resting(backend: Backend) -> Connection | None:
    while backend.connections:
        connection = backend.connections.pop()
        if await connection.has_rested():
            return connection
        connection.close()
    return None

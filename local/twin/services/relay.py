"""The path of one request through gateway, activator and queue-proxy to a replica, and of its response back."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager

import h11

from local.manifests.serving import RevisionSpec
from local.twin.connection import Connection
from local.twin.http_client import HttpResponse, TransportError, open_connection
from local.twin.services.activator import Backend, QueueFullError
from local.twin.services.callers import Caller
from local.twin.services.exchange import ReplicaRequest, exchange
from local.twin.services.request_timeouts import RequestTimeouts

QUEUE_FULL = HttpResponse(503, b"pending request queue full\n")

AcquiredBackend = AbstractAsyncContextManager[Backend]


async def relay_request(
    revision: RevisionSpec,
    acquired_backend: AcquiredBackend,
    build_request: Callable[[], ReplicaRequest],
    caller: Caller,
) -> None:
    """Wait for a backend, send it a request, and pass its response to `caller`, within the timeouts of `revision`.

    Entering `acquired_backend` waits for a backend. Then `build_request` is called. If a timeout expires after the
    response has started, the body of the response ends with an error text, as in Knative. Raise TransportError if the
    response ends after its start but before it is complete.
    """
    timeouts = RequestTimeouts(revision, asyncio.get_running_loop().time())
    try:
        async with (
            asyncio.timeout_at(timeouts.expires_at) as timeout,
            acquired_backend as backend,
            aclosing(_exchange_with(backend, build_request())) as parts,
        ):
            async for part in parts:
                timeout.reschedule(timeouts.record_write(asyncio.get_running_loop().time()))
                await (caller.send_head(part) if isinstance(part, h11.Response) else caller.send_data(bytes(part.data)))
        await caller.end_response()
    except TimeoutError:
        await _send_timeout(timeouts, caller)
    except QueueFullError:
        await caller.send_response(QUEUE_FULL)
    except TransportError as error:
        if timeouts.has_started:
            raise
        await caller.send_response(HttpResponse(502, f"{error}\n".encode()))


async def _send_timeout(timeouts: RequestTimeouts, caller: Caller) -> None:
    if not timeouts.has_started:
        return await caller.send_response(HttpResponse(504, timeouts.message))
    await caller.send_data(timeouts.message)
    return await caller.end_response()


async def _exchange_with(backend: Backend, request: ReplicaRequest) -> AsyncGenerator[h11.Response | h11.Data]:
    async with _use_connection(backend, request) as connection, aclosing(exchange(connection, request)) as parts:
        async for part in parts:
            yield part


@asynccontextmanager
async def _use_connection(backend: Backend, request: ReplicaRequest) -> AsyncIterator[Connection]:
    """Yield an idle connection or a new one, and keep it for further requests if it is reusable.

    A streamed body always gets a new connection. It cannot be sent again if an idle connection turns out to be closed.
    """
    idle_connection = await _take_idle_connection(backend) if isinstance(request.body, bytes) else None
    connection = idle_connection or await open_connection(backend.host, backend.port)
    try:
        yield connection
    except BaseException:
        connection.close()
        raise
    if connection.is_reusable:
        connection.enter_idle()
        backend.connections.append(connection)
    else:
        connection.close()


async def _take_idle_connection(backend: Backend) -> Connection | None:
    while backend.connections:
        connection = backend.connections.pop()
        if await connection.leave_idle():
            return connection
        connection.close()
    return None

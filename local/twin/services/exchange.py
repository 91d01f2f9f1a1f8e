"""The exchange of a request and its response with a replica. Error texts are those of Go's reverse proxy."""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import h11

from local.twin.connection import Connection
from local.twin.http_client import TransportError
from local.twin.services.headers import RawHeaders

_READ_BYTES = 65536
_NO_BODY = b""


@dataclass(frozen=True)
class ReplicaRequest:
    """A request to a replica. `body` is the complete body, or an iterator over its chunks if it is streamed."""

    method: str
    target: str
    headers: RawHeaders
    body: bytes | AsyncIterator[bytes] = _NO_BODY


ResponsePart = h11.Response | h11.Data


async def exchange(connection: Connection, request: ReplicaRequest) -> AsyncGenerator[ResponsePart]:
    """Send a request, and yield the head of the response and then its data.

    Raise TransportError if no complete response arrives. If the caller stops iterating before the end, it must close
    the connection.
    """
    send_task: asyncio.Task[None] | None = None
    try:
        await _write(connection, h11.Request(method=request.method, target=request.target, headers=request.headers))
        send_task = asyncio.create_task(_send_body(connection, request.body))
        async for part in _receive(connection):
            yield part
    except (OSError, h11.ProtocolError) as error:
        raise TransportError(_describe_error(error, connection)) from error
    finally:
        # The response may end before the request is sent completely. Then stop sending; its errors do not matter.
        if send_task:
            send_task.cancel()
            await asyncio.wait({send_task})


def get_declared_length(head: h11.Response) -> int | None:
    """Return the Content-Length of a response in bytes, or None if the response has no such header."""
    return next((int(value) for name, value in head.headers if name == b"content-length"), None)


async def _send_body(connection: Connection, body: bytes | AsyncIterator[bytes]) -> None:
    # Ignore errors of the connection here, because the code that reads the response raises them.
    with contextlib.suppress(OSError, h11.ProtocolError):
        if isinstance(body, bytes):
            await _write(connection, h11.Data(data=body))
        else:
            async for chunk in body:
                await _write(connection, h11.Data(data=chunk))
        await _write(connection, h11.EndOfMessage())


async def _write(connection: Connection, event: h11.Event) -> None:
    connection.writer.write(connection.protocol.send(event) or b"")
    await connection.writer.drain()


async def _receive(connection: Connection) -> AsyncIterator[ResponsePart]:
    protocol = connection.protocol
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            protocol.receive_data(await connection.reader.read(_READ_BYTES))
        elif isinstance(event, h11.Response | h11.Data):
            yield event
        elif isinstance(event, h11.EndOfMessage):
            return
        elif isinstance(event, h11.ConnectionClosed):
            raise TransportError("EOF")


def _describe_error(error: Exception, connection: Connection) -> str:
    if not isinstance(error, ConnectionResetError | BrokenPipeError):
        # The connection ended before or within the response: h11 reports a protocol error, Go reports EOF.
        return "EOF" if connection.reader.at_eof() else str(error) or type(error).__name__
    local, remote = (connection.writer.get_extra_info(name) or ("", 0) for name in ("sockname", "peername"))
    addresses = f"{local[0]}:{local[1]}->{remote[0]}:{remote[1]}"
    return f"read tcp {addresses}: read: {os.strerror(error.errno or errno.ECONNRESET).lower()}"

"""One request to a replica and its answer in pieces; what goes wrong is told in the words of Go's proxy."""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import h11

from local.twin.connection import Connection
from local.twin.http import TransportError
from local.twin.services.headers import Wire

_READ = 65536
_NOBODY = b""


@dataclass(frozen=True)
class Message:
    """A request as it goes to a replica; `body` comes in pieces where it isn't there as a whole."""

    method: str
    target: str
    headers: Wire
    body: bytes | AsyncIterator[bytes] = _NOBODY


Part = h11.Response | h11.Data


async def exchanged(connection: Connection, message: Message) -> AsyncGenerator[Part]:
    """The head of the answer, then its data; raises TransportError. Whoever stops early closes the connection."""
    sending: asyncio.Task[None] | None = None
    try:
        await _write(connection, h11.Request(method=message.method, target=message.target, headers=message.headers))
        sending = asyncio.create_task(_send(connection, message.body))
        async for part in _received(connection):
            yield part
    except (OSError, h11.ProtocolError) as error:
        raise TransportError(_told(error, connection)) from error
    finally:
        # An answer may be complete before the request is; what its sending met is then nobody's concern.
        if sending:
            sending.cancel()
            await asyncio.wait({sending})


async def connected(host: str, port: int) -> Connection:
    """A new connection; raises TransportError."""
    try:
        return Connection(*await asyncio.open_connection(host, port))
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO).lower()
        raise TransportError(f"dial tcp {host}:{port}: connect: {reason}") from error


def declared_length(head: h11.Response) -> int | None:
    """What an answer says of its length; None where only its end tells."""
    return next((int(value) for name, value in head.headers if name == b"content-length"), None)


async def _send(connection: Connection, body: bytes | AsyncIterator[bytes]) -> None:
    # What fails here is seen where the answer is read.
    with contextlib.suppress(OSError, h11.ProtocolError):
        if isinstance(body, bytes):
            await _write(connection, h11.Data(data=body))
        else:
            async for piece in body:
                await _write(connection, h11.Data(data=piece))
        await _write(connection, h11.EndOfMessage())


async def _write(connection: Connection, event: h11.Event) -> None:
    connection.writer.write(connection.protocol.send(event) or b"")
    await connection.writer.drain()


async def _received(connection: Connection) -> AsyncIterator[Part]:
    protocol = connection.protocol
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            protocol.receive_data(await connection.reader.read(_READ))
        elif isinstance(event, h11.Response | h11.Data):
            yield event
        elif isinstance(event, h11.EndOfMessage):
            return
        elif isinstance(event, h11.ConnectionClosed):
            raise TransportError("EOF")


def _told(error: Exception, connection: Connection) -> str:
    if not isinstance(error, ConnectionResetError | BrokenPipeError):
        # h11 finds an end where an answer should be, or in the middle of one.
        return "EOF" if connection.reader.at_eof() else str(error) or type(error).__name__
    own, other = (connection.writer.get_extra_info(name) or ("", 0) for name in ("sockname", "peername"))
    ends = f"{own[0]}:{own[1]}->{other[0]}:{other[1]}"
    return f"read tcp {ends}: read: {os.strerror(error.errno or errno.ECONNRESET).lower()}"

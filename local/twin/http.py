"""One HTTP/1.1 POST, byte for byte as the dispatcher would send it: header values as Latin-1, in the given order."""

import asyncio
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass

import h11

from local.twin.records import Request

_READ = 65536


class TransportError(Exception):
    """No answer came: refused, reset, closed, or a request that no HTTP client may send."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""


def _ignored() -> None:
    """Nobody waits for the head of the answer."""


async def post(
    host: str, port: int, target: str, request: Request, *, on_head: Callable[[], None] = _ignored
) -> Answer:
    """The answer to `request`; `on_head` is called when its status line and headers are in."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        raise TransportError(
            f"dial tcp {host}:{port}: connect: {os.strerror(error.errno or errno.EIO).lower()}"
        ) from error
    try:
        writer.write(_request_bytes(connection := h11.Connection(h11.CLIENT), f"{host}:{port}", target, request))
        await writer.drain()
        return await _answer(connection, reader, on_head)
    except (OSError, h11.ProtocolError) as error:
        raise TransportError(str(error) or type(error).__name__) from error
    finally:
        writer.transport.abort()


def _request_bytes(connection: h11.Connection, authority: str, target: str, request: Request) -> bytes:
    names = {name.lower() for name, _ in request.headers}
    headers = [("user-agent", "pagebus-twin")] if "user-agent" not in names else []
    headers += request.headers
    headers += [("content-length", str(len(request.body)))] if request.body is not None else [("content-length", "0")]
    headers += [("host", authority)] if "host" not in names else []
    wire = [(name.encode(), latin1(value)) for name, value in headers]
    parts = [connection.send(h11.Request(method="POST", target=target, headers=wire))]
    parts += [connection.send(h11.Data(data=request.body or b"")), connection.send(h11.EndOfMessage())]
    return b"".join(part for part in parts if part)


def latin1(value: str) -> bytes:
    """A header value on the wire: what Latin-1 lacks becomes one `?` for each of Java's characters."""
    kept = (char if char <= "\xff" else "?" * (1 + (char > "\uffff")) for char in value)
    return "".join(kept).strip(" \t").encode("latin-1")


async def _answer(connection: h11.Connection, reader: asyncio.StreamReader, on_head: Callable[[], None]) -> Answer:
    status, body = 0, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ))
        elif isinstance(event, h11.Response):
            status = event.status_code
            on_head()
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return Answer(status, bytes(body))
        elif isinstance(event, h11.ConnectionClosed):
            raise TransportError("EOF")

"""One HTTP/1.1 POST, byte for byte as the dispatcher would send it: header values as Latin-1, in the given order."""

import asyncio
import errno
import os
from dataclasses import dataclass

import h11

from local.twin.connection import Connection
from local.twin.sources.records import Request

_READ = 65536
_TRACE = frozenset({"traceparent", "tracestate", "baggage"})


class TransportError(Exception):
    """No answer came: refused, reset, closed, or a request that no HTTP client may send."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""


async def post(host: str, port: int, target: str, request: Request) -> Answer:
    """The answer to `request`; raises TransportError."""
    connection = await _connected(host, port)
    try:
        connection.writer.write(_request_bytes(connection.protocol, f"{host}:{port}", target, request))
        await connection.writer.drain()
        return await _answer(connection.protocol, connection.reader)
    except (OSError, h11.ProtocolError) as error:
        raise TransportError(str(error) or type(error).__name__) from error
    finally:
        connection.close()


async def _connected(host: str, port: int) -> Connection:
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        raise TransportError(
            f"dial tcp {host}:{port}: connect: {os.strerror(error.errno or errno.EIO).lower()}"
        ) from error
    return Connection(reader, writer)


def _request_bytes(connection: h11.Connection, authority: str, target: str, request: Request) -> bytes:
    """The request; `connection` learns of it in a form of its own, which puts the host first and allows ASCII alone."""
    body = request.body or b""
    known = [("host", authority), ("content-length", str(len(body)))]
    connection.send(h11.Request(method="POST", target=target, headers=known))
    connection.send(h11.Data(data=body))
    connection.send(h11.EndOfMessage())
    head = [name + b": " + value for name, value in wire_headers(authority, request)]
    return b"\r\n".join([f"POST {target} HTTP/1.1".encode(), *head, b"", body])


def wire_headers(authority: str, request: Request) -> list[tuple[bytes, bytes]]:
    """In the dispatcher's order: the trace comes last, and without data there is no length."""
    names = {name.lower() for name, _ in request.headers}
    headers = [] if "user-agent" in names else [("user-agent", "pagebus-twin")]
    headers += [(name, value) for name, value in request.headers if name not in _TRACE]
    headers += [] if request.body is None else [("content-length", str(len(request.body)))]
    headers += [] if "host" in names else [("host", authority)]
    headers += [(name, value) for name, value in request.headers if name in _TRACE]
    return [(name.encode(), latin1(value)) for name, value in headers]


def latin1(value: str) -> bytes:
    """A header value on the wire: what Latin-1 lacks becomes one `?` for each of Java's characters."""
    if value.isascii():
        return value.encode()
    kept = (char if char <= "\xff" else "?" * (1 + (char > "\uffff")) for char in value)
    return "".join(kept).encode("latin-1")


async def _answer(connection: h11.Connection, reader: asyncio.StreamReader) -> Answer:
    status, body = 0, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return Answer(status, bytes(body))
        elif isinstance(event, h11.ConnectionClosed):
            raise TransportError("EOF")

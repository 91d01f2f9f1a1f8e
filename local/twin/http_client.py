"""HTTP/1.1 POST requests with the same bytes as those of Knative's dispatcher: Latin-1 headers, in the same order."""

import asyncio
import errno
import os
from dataclasses import dataclass

import h11

from local.twin.connection import Connection
from local.twin.sources.records import DeliveryRequest

_READ_BYTES = 65536
_TRACE_HEADERS = frozenset({"traceparent", "tracestate", "baggage"})


class TransportError(Exception):
    """A request without a complete response: the connection was refused, reset or closed, or the HTTP was invalid."""


@dataclass(frozen=True)
class HttpResponse:
    """A complete response without its headers."""

    status: int
    body: bytes = b""


async def post(host: str, port: int, target: str, request: DeliveryRequest) -> HttpResponse:
    """POST `request` to `target`, a path with query, and return the response.

    Raise TransportError if no complete response arrives.
    """
    connection = await open_connection(host, port)
    try:
        connection.writer.write(_encode_request(connection.protocol, f"{host}:{port}", target, request))
        await connection.writer.drain()
        return await _read_response(connection.protocol, connection.reader)
    except (OSError, h11.ProtocolError) as error:
        raise TransportError(str(error) or type(error).__name__) from error
    finally:
        connection.close()


async def open_connection(host: str, port: int) -> Connection:
    """Open a connection. If this fails, raise TransportError with the error text of Go's HTTP client."""
    try:
        return Connection(*await asyncio.open_connection(host, port))
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO).lower()
        raise TransportError(f"dial tcp {host}:{port}: connect: {reason}") from error


def _encode_request(connection: h11.Connection, authority: str, target: str, request: DeliveryRequest) -> bytes:
    """Return the bytes of the request, with the headers in the dispatcher's order.

    h11 cannot encode these headers, because it puts the host first and accepts only ASCII. It gets a simplified request
    instead, so that it can parse the response.
    """
    body = request.body or b""
    simplified = [("host", authority), ("content-length", str(len(body)))]
    connection.send(h11.Request(method="POST", target=target, headers=simplified))
    connection.send(h11.Data(data=body))
    connection.send(h11.EndOfMessage())
    header_lines = [name + b": " + value for name, value in build_wire_headers(authority, request)]
    return b"\r\n".join([f"POST {target} HTTP/1.1".encode(), *header_lines, b"", body])


def build_wire_headers(authority: str, request: DeliveryRequest) -> list[tuple[bytes, bytes]]:
    """Return the headers in the dispatcher's order, trace headers last. Content-Length is sent only with a body."""
    names = {name.lower() for name, _ in request.headers}
    headers = [] if "user-agent" in names else [("user-agent", "pagebus-twin")]
    headers += [(name, value) for name, value in request.headers if name not in _TRACE_HEADERS]
    headers += [] if request.body is None else [("content-length", str(len(request.body)))]
    headers += [] if "host" in names else [("host", authority)]
    headers += [(name, value) for name, value in request.headers if name in _TRACE_HEADERS]
    return [(name.encode(), encode_latin1(value)) for name, value in headers]


def encode_latin1(value: str) -> bytes:
    """Return a header value as Java encodes it: a character outside Latin-1 becomes one `?` per UTF-16 code unit."""
    if value.isascii():
        return value.encode()
    encodable = (char if char <= "\xff" else "?" * (1 + (char > "\uffff")) for char in value)
    return "".join(encodable).encode("latin-1")


async def _read_response(connection: h11.Connection, reader: asyncio.StreamReader) -> HttpResponse:
    status, body = 0, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ_BYTES))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return HttpResponse(status, bytes(body))
        elif isinstance(event, h11.ConnectionClosed):
            raise TransportError("EOF")

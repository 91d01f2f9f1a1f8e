"""Requests from outside the twin: they are streamed to a replica, and its response is streamed back."""

from collections.abc import AsyncIterator

import h11
from aiohttp import hdrs, web

from local.twin.http_client import HttpResponse, TransportError
from local.twin.services.exchange import ReplicaRequest, get_declared_length
from local.twin.services.function import Function
from local.twin.services.headers import drop_hop_by_hop

_CHUNK = 65536
#: The response of a gateway for a host without a route.
NO_ROUTE = HttpResponse(404)


async def forward_request(function: Function, incoming: web.BaseRequest) -> web.StreamResponse:
    """Return the response of a replica to an outside request, within the Service's timeouts.

    A timeout after the head of the response ends its body with a text.
    """
    if not function.route.is_open:
        return as_response(NO_ROUTE)
    if incoming.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await incoming.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    caller = _StreamingCaller(incoming)
    try:
        await function.forward(_build_request(function, incoming), incoming.remote or "127.0.0.1", caller)
    except TransportError:
        caller.abort()
    return caller.response


def as_response(answer: HttpResponse) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, content_type="text/plain", charset="utf-8")


def _build_request(function: Function, incoming: web.BaseRequest) -> ReplicaRequest:
    headers = [(name, value) for name, value in drop_hop_by_hop(incoming.raw_headers) if name.lower() != b"host"]
    framed = incoming.content_length is not None or not incoming.body_exists
    headers += [] if framed else [(b"transfer-encoding", b"chunked")]
    host = incoming.headers.get(hdrs.HOST, function.service.host).encode()
    body = _read_body(incoming) if incoming.body_exists else b""
    return ReplicaRequest(incoming.method, incoming.raw_path, [(b"host", host), *headers], body)


async def _read_body(incoming: web.BaseRequest) -> AsyncIterator[bytes]:
    async for piece in incoming.content.iter_chunked(_CHUNK):
        yield piece


class _StreamingCaller:
    """A caller that receives each part of the response as it comes."""

    def __init__(self, incoming: web.BaseRequest) -> None:
        self._incoming = incoming
        self._remaining: int | None = None
        self.response: web.StreamResponse = web.Response(status=502)

    async def send_head(self, head: h11.Response) -> None:
        headers = drop_hop_by_hop(head.headers.raw_items())
        decoded = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        self._remaining = get_declared_length(head)
        reason = head.reason.decode("latin-1")
        self.response = web.StreamResponse(status=head.status_code, reason=reason, headers=decoded)
        await self.response.prepare(self._incoming)

    async def send_data(self, data: bytes) -> None:
        self._remaining = None if self._remaining is None else self._remaining - len(data)
        if self._remaining is not None and self._remaining < 0:
            raise TransportError("the body is longer than its Content-Length")
        await self.response.write(data)

    async def end_response(self) -> None:
        if self._remaining and self._incoming.method != hdrs.METH_HEAD:
            raise TransportError("unexpected EOF")
        await self.response.write_eof()

    async def send_response(self, answer: HttpResponse) -> None:
        self.response = as_response(answer)

    def abort(self) -> None:
        """Abort the connection, so that a client that has read a part of the response sees that the rest is missing."""
        if self._incoming.transport:
            self._incoming.transport.abort()

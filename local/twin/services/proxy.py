"""Requests from outside the twin: they are streamed to a replica, and its response is streamed back."""

from collections.abc import AsyncIterator

import h11
from aiohttp import hdrs, web

from local.twin.http_client import HttpResponse, TransportError
from local.twin.services.exchange import ReplicaRequest, get_declared_length
from local.twin.services.function import Function
from local.twin.services.headers import drop_hop_by_hop

_CHUNK_BYTES = 65536
#: The response of Knative's gateway for a host without a route.
NO_ROUTE = HttpResponse(404)


async def forward_request(function: Function, incoming: web.BaseRequest) -> web.StreamResponse:
    """Return the response of a replica to an outside request, within the Service's timeouts.

    If a timeout expires after the head of the response was sent, its body ends with an error text.
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


def as_response(response: HttpResponse) -> web.Response:
    return web.Response(status=response.status, body=response.body, content_type="text/plain", charset="utf-8")


def _build_request(function: Function, incoming: web.BaseRequest) -> ReplicaRequest:
    headers = [(name, value) for name, value in drop_hop_by_hop(incoming.raw_headers) if name.lower() != b"host"]
    has_framing_header = incoming.content_length is not None or not incoming.body_exists
    headers += [] if has_framing_header else [(b"transfer-encoding", b"chunked")]
    host = incoming.headers.get(hdrs.HOST, function.service.host).encode()
    body = _read_body(incoming) if incoming.body_exists else b""
    return ReplicaRequest(incoming.method, incoming.raw_path, [(b"host", host), *headers], body)


async def _read_body(incoming: web.BaseRequest) -> AsyncIterator[bytes]:
    async for chunk in incoming.content.iter_chunked(_CHUNK_BYTES):
        yield chunk


class _StreamingCaller:
    """A caller that sends each part of the response to an outside client as soon as the part arrives."""

    def __init__(self, incoming: web.BaseRequest) -> None:
        self._incoming = incoming
        self._remaining_bytes: int | None = None
        self.response: web.StreamResponse = web.Response(status=502)

    async def send_head(self, head: h11.Response) -> None:
        headers = drop_hop_by_hop(head.headers.raw_items())
        decoded = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        self._remaining_bytes = get_declared_length(head)
        reason = head.reason.decode("latin-1")
        self.response = web.StreamResponse(status=head.status_code, reason=reason, headers=decoded)
        await self.response.prepare(self._incoming)

    async def send_data(self, data: bytes) -> None:
        self._remaining_bytes = None if self._remaining_bytes is None else self._remaining_bytes - len(data)
        if self._remaining_bytes is not None and self._remaining_bytes < 0:
            raise TransportError("the body is longer than its Content-Length")
        await self.response.write(data)

    async def end_response(self) -> None:
        if self._remaining_bytes and self._incoming.method != hdrs.METH_HEAD:
            raise TransportError("unexpected EOF")
        await self.response.write_eof()

    async def send_response(self, response: HttpResponse) -> None:
        self.response = as_response(response)

    def abort(self) -> None:
        """Abort the connection, so that the client notices that the response is incomplete."""
        if self._incoming.transport:
            self._incoming.transport.abort()

"""Requests from outside the twin, streamed to a replica and back."""

from collections.abc import AsyncIterator

import h11
from aiohttp import hdrs, web

from local.twin.http import Answer, TransportError
from local.twin.services.exchange import Message, declared_length
from local.twin.services.function import Function
from local.twin.services.headers import end_to_end

_CHUNK = 65536
#: What a gateway says of a host that it knows no route for.
NO_ROUTE = Answer(404)


async def forward(function: Function, incoming: web.BaseRequest) -> web.StreamResponse:
    """The replica's answer within the Service's timeouts; a timeout after its head ends the body with a text."""
    if not function.route.is_open:
        return as_response(NO_ROUTE)
    if incoming.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await incoming.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    caller = _Streamed(incoming)
    try:
        await function.pass_on(_message(function, incoming), incoming.remote or "127.0.0.1", caller)
    except TransportError:
        caller.break_off()
    return caller.response


def as_response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, content_type="text/plain", charset="utf-8")


def _message(function: Function, incoming: web.BaseRequest) -> Message:
    headers = [(name, value) for name, value in end_to_end(incoming.raw_headers) if name.lower() != b"host"]
    framed = incoming.content_length is not None or not incoming.body_exists
    headers += [] if framed else [(b"transfer-encoding", b"chunked")]
    host = incoming.headers.get(hdrs.HOST, function.service.host).encode()
    body = _pieces(incoming) if incoming.body_exists else b""
    return Message(incoming.method, incoming.raw_path, [(b"host", host), *headers], body)


async def _pieces(incoming: web.BaseRequest) -> AsyncIterator[bytes]:
    async for piece in incoming.content.iter_chunked(_CHUNK):
        yield piece


class _Streamed:
    """A caller that gets the answer as it comes."""

    def __init__(self, incoming: web.BaseRequest) -> None:
        self._incoming = incoming
        self._left: int | None = None
        self.response: web.StreamResponse = web.Response(status=502)

    async def head(self, head: h11.Response) -> None:
        headers = end_to_end(head.headers.raw_items())
        told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        self._left = declared_length(head)
        reason = head.reason.decode("latin-1")
        self.response = web.StreamResponse(status=head.status_code, reason=reason, headers=told)
        await self.response.prepare(self._incoming)

    async def part(self, data: bytes) -> None:
        self._left = None if self._left is None else self._left - len(data)
        if self._left is not None and self._left < 0:
            raise TransportError("longer than it said")
        await self.response.write(data)

    async def end(self) -> None:
        if self._left and self._incoming.method != hdrs.METH_HEAD:
            raise TransportError("unexpected EOF")
        await self.response.write_eof()

    async def instead(self, answer: Answer) -> None:
        self.response = as_response(answer)

    def break_off(self) -> None:
        """Whoever has read a part of an answer has to see that the rest is missing."""
        if self._incoming.transport:
            self._incoming.transport.abort()

"""Requests from outside the twin, streamed to a replica and back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import hdrs, web
from yarl import URL

from local.twin.activator import Backend, QueueFullError
from local.twin.function import QUEUE_FULL, TIMEOUT, Function, forwarded
from local.twin.http import Answer

# RFC 9110, section 7.6.1: these belong to one connection; `Expect` is met here.
_HOP_BY_HOP = frozenset(
    {"connection", "expect", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_CHUNK = 65536


def session() -> aiohttp.ClientSession:
    """The client for replicas: passes bodies on as they are, and never meets a connection that is just closing."""
    return aiohttp.ClientSession(
        auto_decompress=False,
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=(hdrs.USER_AGENT, hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE),
        timeout=aiohttp.ClientTimeout(total=None),
    )


async def forward(function: Function, client: aiohttp.ClientSession, incoming: web.BaseRequest) -> web.StreamResponse:
    """The replica's answer within the Service's timeouts; a timeout after its head ends the body with a text."""
    revision = function.service.revision
    end = asyncio.get_running_loop().time() + revision.timeout_seconds
    outgoing: web.StreamResponse | None = None
    if incoming.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await incoming.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        async with (
            asyncio.timeout(revision.response_start_timeout) as limit,
            function.backend() as backend,
            _answer(function, client, backend, incoming) as answer,
        ):
            limit.reschedule(end)
            outgoing = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_end_to_end(answer))
            await outgoing.prepare(incoming)
            async for chunk in answer.content.iter_chunked(_CHUNK):
                await outgoing.write(chunk)
    except TimeoutError:
        if outgoing is None:
            return as_response(TIMEOUT)
        await outgoing.write(TIMEOUT.body)
    except QueueFullError:
        return as_response(QUEUE_FULL)
    except aiohttp.ClientError as error:
        if outgoing is None:
            return as_response(Answer(502, f"{error}\n".encode()))
        raise
    await outgoing.write_eof()
    return outgoing


@asynccontextmanager
async def _answer(
    function: Function, client: aiohttp.ClientSession, backend: Backend, incoming: web.BaseRequest
) -> AsyncIterator[aiohttp.ClientResponse]:
    begun = time.monotonic()
    url = URL(f"http://{backend.host}:{backend.port}{incoming.raw_path}", encoded=True)
    headers = _end_to_end(incoming)
    headers += forwarded(incoming.remote or "127.0.0.1")
    data = incoming.content if incoming.body_exists else None
    async with client.request(incoming.method, url, headers=headers, data=data, allow_redirects=False) as answer:
        yield answer
        function.answered(answer.status, begun)


def _end_to_end(message: web.BaseRequest | aiohttp.ClientResponse) -> list[tuple[str, str]]:
    return [(name, value) for name, value in message.headers.items() if name.lower() not in _HOP_BY_HOP]


def as_response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, content_type="text/plain")

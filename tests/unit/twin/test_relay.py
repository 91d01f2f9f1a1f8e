"""The relay of requests to servers that behave like the recorded containers."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import h11
import pytest

from local.manifests.serving import RevisionSpec
from local.platform.state import find_free_port
from local.twin.http_client import HttpResponse, TransportError
from local.twin.services.activator import Activator, Backend
from local.twin.services.exchange import ReplicaRequest
from local.twin.services.relay import relay_request

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
STREAMED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class StoringCaller:
    """A caller that stores the response."""

    def __init__(self) -> None:
        self.status, self.body, self.ended = 0, b"", False

    async def send_head(self, head: h11.Response) -> None:
        self.status = head.status_code

    async def send_data(self, data: bytes) -> None:
        self.body += data

    async def end_response(self) -> None:
        self.ended = True

    async def send_response(self, answer: HttpResponse) -> None:
        self.status, self.body, self.ended = answer.status, answer.body, True


def request(behaviour: Behaviour | None, *, times: int = 1, **revision: int) -> StoringCaller:
    """Return the response of a replica with this behaviour. Without a behaviour, nothing listens."""
    return asyncio.run(_send_requests(behaviour, times, revision))


async def _send_requests(behaviour: Behaviour | None, times: int, revision: dict[str, int]) -> StoringCaller:
    spec = RevisionSpec.model_validate({"containers": [{}], **revision})
    activator, caller = Activator(0, lambda *_: None), StoringCaller()
    async with AsyncExitStack() as stack, asyncio.timeout(10):
        port = await stack.enter_async_context(_listen(behaviour)) if behaviour else find_free_port()
        activator.add_backend(backend := Backend("127.0.0.1", port))
        for _ in range(times):
            caller = StoringCaller()
            message = ReplicaRequest("POST", "/", [(b"Host", b"h"), (b"Content-Length", b"2")], b"{}")
            await relay_request(spec, activator.acquire_backend(), lambda: message, caller)  # noqa: B023  # used before the next one
        backend.close_idle_connections()
    return caller


@asynccontextmanager
async def _listen(behaviour: Behaviour):  # type: ignore[no-untyped-def]  # noqa: ANN202  # a port
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            tasks.add(task)
        try:
            await behaviour(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read_request(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(2)


async def send_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await _read_request(reader)
    await reader.read()


async def send_response(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await _read_request(reader)
        writer.write(ANSWER)
        await writer.drain()


def build_stream(every: float, pieces: int) -> Behaviour:
    """Return a behaviour that sends a head and then a dot at each interval."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.write(STREAMED)
        for _ in range(pieces):
            await asyncio.sleep(every)
            writer.write(b"1\r\n.\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    return behave


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _read_request(reader)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def close(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await _read_request(reader)


async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
    await writer.drain()


def test_response_is_relayed_unchanged() -> None:
    caller = request(send_response)
    assert (caller.status, caller.body, caller.ended) == (200, b"ok", True)


def test_connection_is_reused_for_the_next_request() -> None:
    served = []

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        await send_response(reader, writer)

    assert request(counted, times=3).body == b"ok"
    assert len(served) == 1


def test_response_that_does_not_start_in_time_is_a_504() -> None:
    caller = request(send_nothing, timeoutSeconds=1)
    assert (caller.status, caller.body) == (504, b"activator request timeout")


def test_response_start_timeout_is_a_504() -> None:
    caller = request(send_nothing, timeoutSeconds=9, responseStartTimeoutSeconds=1)
    assert (caller.status, caller.body) == (504, b"activator request timeout")


def test_timeout_after_the_start_ends_the_body_with_a_text() -> None:
    caller = request(build_stream(0.3, 10), timeoutSeconds=1)
    assert (caller.status, caller.body, caller.ended) == (200, b"...activator request timeout", True)


def test_started_response_may_exceed_the_start_timeout() -> None:
    caller = request(build_stream(0.3, 5), timeoutSeconds=9, responseStartTimeoutSeconds=1)
    assert (caller.status, caller.body) == (200, b".....")


def test_idle_timeout_after_the_start_has_the_queue_proxys_text() -> None:
    caller = request(build_stream(5, 1), timeoutSeconds=9, idleTimeoutSeconds=1)
    assert (caller.status, caller.body) == (200, b"request timeout")


def test_idle_timeout_before_the_start_has_the_activators_text() -> None:
    caller = request(send_nothing, timeoutSeconds=9, idleTimeoutSeconds=1)
    assert (caller.status, caller.body) == (504, b"activator request timeout")


def test_reset_by_the_container_is_a_502_with_gos_text() -> None:
    caller = request(reset)
    assert caller.status == 502
    assert caller.body.startswith(b"read tcp 127.0.0.1:")
    assert caller.body.endswith(b": read: connection reset by peer\n")


def test_close_by_the_container_is_a_502_with_eof() -> None:
    caller = request(close)
    assert (caller.status, caller.body) == (502, b"EOF\n")


def test_refused_connection_is_a_502() -> None:
    caller = request(None)
    assert caller.status == 502
    assert caller.body.startswith(b"dial tcp 127.0.0.1:")
    assert caller.body.endswith(b": connect: connection refused\n")


def test_incomplete_response_raises_transport_error() -> None:
    with pytest.raises(TransportError):
        request(break_off)


def test_request_without_a_replica_in_time_is_a_504() -> None:
    async def scene() -> StoringCaller:
        caller, spec = StoringCaller(), RevisionSpec.model_validate({"containers": [{}], "timeoutSeconds": 1})
        await relay_request(
            spec, Activator(1, lambda *_: None).acquire_backend(), lambda: ReplicaRequest("GET", "/", []), caller
        )
        return caller

    caller = asyncio.run(scene())
    assert (caller.status, caller.body) == (504, b"activator request timeout")


def test_full_queue_is_a_503() -> None:
    async def scene() -> StoringCaller:
        caller, spec = StoringCaller(), RevisionSpec.model_validate({"containers": [{}]})
        activator = Activator(1, lambda *_: None, capacity=0)
        await relay_request(spec, activator.acquire_backend(), lambda: ReplicaRequest("GET", "/", []), caller)
        return caller

    caller = asyncio.run(scene())
    assert (caller.status, caller.body) == (503, b"pending request queue full\n")

"""A request's way to a replica and back, against servers that answer as the recorded containers did."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import h11
import pytest

from local.manifests.serving import RevisionSpec
from local.platform.state import free_port
from local.twin.http import Answer, TransportError
from local.twin.services.activator import Activator, Backend
from local.twin.services.exchange import Message
from local.twin.services.relay import relay

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
STREAMED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Whole:
    """A caller that keeps what it gets."""

    def __init__(self) -> None:
        self.status, self.body, self.ended = 0, b"", False

    async def head(self, head: h11.Response) -> None:
        self.status = head.status_code

    async def part(self, data: bytes) -> None:
        self.body += data

    async def end(self) -> None:
        self.ended = True

    async def instead(self, answer: Answer) -> None:
        self.status, self.body, self.ended = answer.status, answer.body, True


def asked(behaviour: Behaviour | None, *, times: int = 1, **revision: int) -> Whole:
    """What a caller gets from a replica that behaves so; without a behaviour nothing listens."""
    return asyncio.run(_asked(behaviour, times, revision))


async def _asked(behaviour: Behaviour | None, times: int, revision: dict[str, int]) -> Whole:
    spec = RevisionSpec.model_validate({"containers": [{}], **revision})
    activator, caller = Activator(0, lambda *_: None), Whole()
    async with AsyncExitStack() as stack, asyncio.timeout(10):
        port = await stack.enter_async_context(_listening(behaviour)) if behaviour else free_port()
        activator.add(backend := Backend("127.0.0.1", port))
        for _ in range(times):
            caller = Whole()
            message = Message("POST", "/", [(b"Host", b"h"), (b"Content-Length", b"2")], b"{}")
            await relay(spec, activator.backend(), lambda: message, caller)  # noqa: B023  # used before the next one
        backend.hang_up()
    return caller


@asynccontextmanager
async def _listening(behaviour: Behaviour):  # type: ignore[no-untyped-def]  # noqa: ANN202  # a port
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


async def _request(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(2)


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await _request(reader)
    await reader.read()


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await _request(reader)
        writer.write(ANSWER)
        await writer.drain()


def streams(every: float, pieces: int) -> Behaviour:
    """A dot so often, after its head."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        writer.write(STREAMED)
        for _ in range(pieces):
            await asyncio.sleep(every)
            writer.write(b"1\r\n.\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    return behave


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _request(reader)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def closes(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await _request(reader)


async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
    await writer.drain()


def test_an_answer_comes_as_it_is() -> None:
    caller = asked(answers)
    assert (caller.status, caller.body, caller.ended) == (200, b"ok", True)


def test_a_connection_serves_one_request_after_the_other() -> None:
    served = []

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        await answers(reader, writer)

    assert asked(counted, times=3).body == b"ok"
    assert len(served) == 1


def test_an_answer_that_does_not_begin_in_time_is_a_504() -> None:
    caller = asked(silent, timeoutSeconds=1)
    assert (caller.status, caller.body) == (504, b"activator request timeout")


def test_a_response_start_timeout_is_the_same_504() -> None:
    caller = asked(silent, timeoutSeconds=9, responseStartTimeoutSeconds=1)
    assert (caller.status, caller.body) == (504, b"activator request timeout")


def test_a_timeout_under_way_ends_the_answer_with_a_text_as_if_that_were_its_end() -> None:
    caller = asked(streams(0.3, 10), timeoutSeconds=1)
    assert (caller.status, caller.body, caller.ended) == (200, b"...activator request timeout", True)


def test_an_answer_that_has_begun_may_take_longer_than_its_start() -> None:
    caller = asked(streams(0.3, 5), timeoutSeconds=9, responseStartTimeoutSeconds=1)
    assert (caller.status, caller.body) == (200, b".....")


def test_silence_under_way_is_ended_by_the_queue_proxy() -> None:
    caller = asked(streams(5, 1), timeoutSeconds=9, idleTimeoutSeconds=1)
    assert (caller.status, caller.body) == (200, b"request timeout")


def test_silence_before_the_answer_is_ended_by_the_activator() -> None:
    caller = asked(silent, timeoutSeconds=9, idleTimeoutSeconds=1)
    assert (caller.status, caller.body) == (504, b"activator request timeout")


def test_a_container_that_resets_makes_a_502_in_the_words_of_go() -> None:
    caller = asked(resets)
    assert caller.status == 502
    assert caller.body.startswith(b"read tcp 127.0.0.1:")
    assert caller.body.endswith(b": read: connection reset by peer\n")


def test_a_container_that_closes_makes_a_502_eof() -> None:
    caller = asked(closes)
    assert (caller.status, caller.body) == (502, b"EOF\n")


def test_a_container_that_is_gone_makes_a_502() -> None:
    caller = asked(None)
    assert caller.status == 502
    assert caller.body.startswith(b"dial tcp 127.0.0.1:")
    assert caller.body.endswith(b": connect: connection refused\n")


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    with pytest.raises(TransportError):
        asked(breaks_off)


def test_what_does_not_get_a_place_in_time_is_a_504_too() -> None:
    async def scene() -> Whole:
        caller, spec = Whole(), RevisionSpec.model_validate({"containers": [{}], "timeoutSeconds": 1})
        await relay(spec, Activator(1, lambda *_: None).backend(), lambda: Message("GET", "/", []), caller)
        return caller

    caller = asyncio.run(scene())
    assert (caller.status, caller.body) == (504, b"activator request timeout")


def test_a_full_queue_is_a_503() -> None:
    async def scene() -> Whole:
        caller, spec = Whole(), RevisionSpec.model_validate({"containers": [{}]})
        activator = Activator(1, lambda *_: None, capacity=0)
        await relay(spec, activator.backend(), lambda: Message("GET", "/", []), caller)
        return caller

    caller = asyncio.run(scene())
    assert (caller.status, caller.body) == (503, b"pending request queue full\n")

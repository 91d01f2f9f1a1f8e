"""Requests to a replica share connections, as those of Knative's components do."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from local.twin.connection import Connection
from local.twin.http import TransportError, post
from local.twin.records import Request

REQUEST = Request((("ce-id", "1"),), b"{}")
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Answers with `answer` and counts its connections."""

    def __init__(self, answer: bytes = OK, *, closes: bool = False) -> None:
        self.answer, self.closes, self.connections = answer, closes, 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n{}")
                writer.write(self.answer)
                if self.closes:
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def with_server(server: Server, use: Callable[[int], Awaitable[None]]) -> None:
    async def run() -> None:
        async with await asyncio.start_server(server, "127.0.0.1", 0) as listening:
            await use(listening.sockets[0].getsockname()[1])

    asyncio.run(run())


def test_one_request_after_the_other_takes_the_same_connection() -> None:
    server, kept = Server(), list[Connection]()

    async def use(port: int) -> None:
        for _ in range(3):
            assert (await post("127.0.0.1", port, "/", REQUEST, kept=kept)).status == 204
        for connection in kept:
            connection.close()

    with_server(server, use)
    assert (server.connections, len(kept)) == (1, 1)


def test_a_connection_that_the_other_end_has_closed_is_not_used_again() -> None:
    server, kept = Server(closes=True), list[Connection]()

    async def use(port: int) -> None:
        for _ in range(2):
            assert (await post("127.0.0.1", port, "/", REQUEST, kept=kept)).status == 204
            await asyncio.wait({connection._listening for connection in kept if connection._listening})  # noqa: SLF001  # its end
        kept.pop().close()

    with_server(server, use)
    assert server.connections == 2


@pytest.mark.parametrize("kept", [None, []])
def test_an_answer_that_says_so_or_nobody_who_keeps_it_ends_the_connection(kept: list[Connection] | None) -> None:
    server = Server(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    async def use(port: int) -> None:
        await post("127.0.0.1", port, "/", REQUEST, kept=kept)

    with_server(server, use)
    assert not kept


def test_a_broken_answer_is_no_answer_and_its_connection_is_gone() -> None:
    server, kept = Server(b"nonsense\r\n\r\n"), list[Connection]()

    async def use(port: int) -> None:
        with pytest.raises(TransportError):
            await post("127.0.0.1", port, "/", REQUEST, kept=kept)

    with_server(server, use)
    assert not kept


@pytest.mark.parametrize("excess", [OK, b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_more_than_was_asked_for_is_taken_for_no_answer_to_the_next_request(excess: bytes) -> None:
    server, kept = Server(OK + excess), list[Connection]()

    async def use(port: int) -> None:
        for _ in range(2):
            assert (await post("127.0.0.1", port, "/", REQUEST, kept=kept)).status == 204

    with_server(server, use)
    assert server.connections == 2
    assert not kept


def test_what_comes_while_a_connection_rests_makes_it_useless() -> None:
    server, kept = Server(), list[Connection]()

    async def use(port: int) -> None:
        await post("127.0.0.1", port, "/", REQUEST, kept=kept)
        [connection] = kept
        connection.reader.feed_data(b"x")
        await asyncio.sleep(0)
        await post("127.0.0.1", port, "/", REQUEST, kept=kept)
        kept.pop().close()

    with_server(server, use)
    assert server.connections == 2

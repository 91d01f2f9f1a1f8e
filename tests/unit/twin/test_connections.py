"""Requests to a replica share connections, as those of Knative's components do."""

import asyncio
from collections.abc import Awaitable, Callable

import h11
import pytest

from local.manifests.serving import RevisionSpec
from local.twin.http import Answer
from local.twin.services.activator import Activator, Backend
from local.twin.services.exchange import Message
from local.twin.services.relay import relay

REVISION = RevisionSpec.model_validate({"containers": [{}]})
MESSAGE = Message("POST", "/", [(b"Host", b"h"), (b"Content-Length", b"2")], b"{}")
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


class Caller:
    """Keeps the status of its answer."""

    status = 0

    async def head(self, head: h11.Response) -> None:
        self.status = head.status_code

    async def part(self, _: bytes) -> None: ...

    async def end(self) -> None: ...

    async def instead(self, answer: Answer) -> None:
        self.status = answer.status


class Replica:
    """A replica behind an activator; `kept` are its connections that rest."""

    def __init__(self, port: int) -> None:
        self._activator, self._backend = Activator(0, lambda *_: None), Backend("127.0.0.1", port)
        self._activator.add(self._backend)
        self.kept = self._backend.connections

    async def asked(self) -> int:
        caller = Caller()
        await relay(REVISION, self._activator.backend(), lambda: MESSAGE, caller)
        return caller.status


def with_server(server: Server, use: Callable[[Replica], Awaitable[None]]) -> int:
    """How many connections rest at the end."""

    async def run() -> int:
        async with await asyncio.start_server(server, "127.0.0.1", 0) as listening:
            replica = Replica(listening.sockets[0].getsockname()[1])
            await use(replica)
            kept = len(replica.kept)
            for connection in replica.kept:
                connection.close()
            return kept

    return asyncio.run(run())


def test_one_request_after_the_other_takes_the_same_connection() -> None:
    server = Server()

    async def use(replica: Replica) -> None:
        assert [await replica.asked() for _ in range(3)] == [204] * 3

    assert with_server(server, use) == 1
    assert server.connections == 1


def test_a_connection_that_the_other_end_has_closed_is_not_used_again() -> None:
    server = Server(closes=True)

    async def use(replica: Replica) -> None:
        for _ in range(2):
            assert await replica.asked() == 204
            await asyncio.wait({connection._listening for connection in replica.kept if connection._listening})  # noqa: SLF001  # its end

    with_server(server, use)
    assert server.connections == 2


def test_an_answer_that_says_so_ends_the_connection() -> None:
    async def use(replica: Replica) -> None:
        assert await replica.asked() == 204

    assert with_server(Server(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"), use) == 0


def test_a_broken_answer_is_no_answer_and_its_connection_is_gone() -> None:
    async def use(replica: Replica) -> None:
        assert await replica.asked() == 502

    assert with_server(Server(b"nonsense\r\n\r\n"), use) == 0


@pytest.mark.parametrize("excess", [OK, b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_more_than_was_asked_for_is_taken_for_no_answer_to_the_next_request(excess: bytes) -> None:
    server = Server(OK + excess)

    async def use(replica: Replica) -> None:
        assert [await replica.asked() for _ in range(2)] == [204] * 2

    assert with_server(server, use) == 0
    assert server.connections == 2


def test_what_comes_while_a_connection_rests_makes_it_useless() -> None:
    server = Server()

    async def use(replica: Replica) -> None:
        await replica.asked()
        [connection] = replica.kept
        connection.reader.feed_data(b"x")
        await asyncio.sleep(0)
        await replica.asked()

    with_server(server, use)
    assert server.connections == 2

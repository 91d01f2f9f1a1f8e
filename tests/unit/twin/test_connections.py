"""Connections to a replica, which requests share as in Knative's components."""

import asyncio
from collections.abc import Awaitable, Callable

import h11
import pytest

from local.manifests.serving import RevisionSpec
from local.twin.http_client import HttpResponse
from local.twin.services.activator import Activator, Backend
from local.twin.services.exchange import ReplicaRequest
from local.twin.services.relay import relay_request

REVISION = RevisionSpec.model_validate({"containers": [{}]})
MESSAGE = ReplicaRequest("POST", "/", [(b"Host", b"h"), (b"Content-Length", b"2")], b"{}")
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server that answers with `answer` and counts its connections."""

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
    """A caller that stores the status of its response."""

    status = 0

    async def send_head(self, head: h11.Response) -> None:
        self.status = head.status_code

    async def send_data(self, _: bytes) -> None: ...

    async def end_response(self) -> None: ...

    async def send_response(self, answer: HttpResponse) -> None:
        self.status = answer.status


class Replica:
    """A replica behind an activator; `kept` is the number of its idle connections."""

    def __init__(self, port: int) -> None:
        self._activator, self._backend = Activator(0, lambda *_: None), Backend("127.0.0.1", port)
        self._activator.add_backend(self._backend)
        self.kept = self._backend.connections

    async def asked(self) -> int:
        caller = Caller()
        await relay_request(REVISION, self._activator.acquire_backend(), lambda: MESSAGE, caller)
        return caller.status


def run_with_server(server: Server, use: Callable[[Replica], Awaitable[None]]) -> int:
    """Return the number of connections that the server accepted."""

    async def run() -> int:
        async with await asyncio.start_server(server, "127.0.0.1", 0) as listening:
            replica = Replica(listening.sockets[0].getsockname()[1])
            await use(replica)
            kept = len(replica.kept)
            for connection in replica.kept:
                connection.close()
            return kept

    return asyncio.run(run())


def test_consecutive_requests_use_the_same_connection() -> None:
    server = Server()

    async def use(replica: Replica) -> None:
        assert [await replica.asked() for _ in range(3)] == [204] * 3

    assert run_with_server(server, use) == 1
    assert server.connections == 1


def test_closed_connection_is_not_reused() -> None:
    server = Server(closes=True)

    async def use(replica: Replica) -> None:
        for _ in range(2):
            assert await replica.asked() == 204
            await asyncio.wait({connection._idle_read for connection in replica.kept if connection._idle_read})  # noqa: SLF001  # its end

    run_with_server(server, use)
    assert server.connections == 2


def test_response_with_connection_close_ends_the_connection() -> None:
    async def use(replica: Replica) -> None:
        assert await replica.asked() == 204

    assert run_with_server(Server(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"), use) == 0


def test_broken_response_raises_and_closes_the_connection() -> None:
    async def use(replica: Replica) -> None:
        assert await replica.asked() == 502

    assert run_with_server(Server(b"nonsense\r\n\r\n"), use) == 0


@pytest.mark.parametrize("excess", [OK, b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_extra_data_is_not_used_for_the_next_request(excess: bytes) -> None:
    server = Server(OK + excess)

    async def use(replica: Replica) -> None:
        assert [await replica.asked() for _ in range(2)] == [204] * 2

    assert run_with_server(server, use) == 0
    assert server.connections == 2


def test_data_on_an_idle_connection_makes_it_unusable() -> None:
    server = Server()

    async def use(replica: Replica) -> None:
        await replica.asked()
        [connection] = replica.kept
        connection.reader.feed_data(b"x")
        await asyncio.sleep(0)
        await replica.asked()

    run_with_server(server, use)
    assert server.connections == 2

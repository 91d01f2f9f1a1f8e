"""Requests that replicas answer, counted by status and duration, as their queue-proxies do."""

import time
from collections.abc import Callable

import h11

from local.twin.http import Answer
from local.twin.latencies import Latencies
from local.twin.services.exchange import Message
from local.twin.services.relay import Caller


class Invocation:
    """A caller whose answer is counted in `took` when it has ended; what is answered instead of a replica is not."""

    def __init__(self, caller: Caller, took: Latencies) -> None:
        self._caller = caller
        self._took = took
        self._begun = 0.0
        self._status = ""

    def begin(self, message: Callable[[], Message]) -> Callable[[], Message]:
        """The time runs from when the message is made: then there is a replica for it."""

        def begun() -> Message:
            self._begun = time.monotonic()
            return message()

        return begun

    async def head(self, head: h11.Response) -> None:
        self._status = str(head.status_code)
        await self._caller.head(head)

    async def part(self, data: bytes) -> None:
        await self._caller.part(data)

    async def end(self) -> None:
        await self._caller.end()
        self._took.observe(time.monotonic() - self._begun, (self._status,))

    async def instead(self, answer: Answer) -> None:
        await self._caller.instead(answer)

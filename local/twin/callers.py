"""Who waits for an answer: a source, which wants it as a whole, and a clock that looks over anybody's shoulder."""

import time

import h11

from local.twin.exchange import declared_length
from local.twin.http import Answer, TransportError
from local.twin.latencies import Latencies
from local.twin.relay import Caller


class Whole:
    """A caller that wants the answer as a whole."""

    def __init__(self) -> None:
        self.status, self.body = 0, bytearray()
        self._length: int | None = None

    async def head(self, head: h11.Response) -> None:
        self.status, self._length = head.status_code, declared_length(head)

    async def part(self, data: bytes) -> None:
        self.body += data

    async def end(self) -> None:
        if self._length not in {None, len(self.body)}:
            raise TransportError("unexpected EOF")

    async def instead(self, answer: Answer) -> None:
        self.status, self.body = answer.status, bytearray(answer.body)


class Timed:
    """Passes everything on, and observes how long a replica took for an answer, by status."""

    def __init__(self, caller: Caller, latencies: Latencies) -> None:
        self._caller = caller
        self._latencies = latencies
        self._begun = 0.0
        self._status = ""

    def begin(self) -> None:
        """A replica gets the request now."""
        self._begun = time.monotonic()

    async def head(self, head: h11.Response) -> None:
        self._status = str(head.status_code)
        await self._caller.head(head)

    async def part(self, data: bytes) -> None:
        await self._caller.part(data)

    async def end(self) -> None:
        self._latencies.observe(time.monotonic() - self._begun, (self._status,))
        await self._caller.end()

    async def instead(self, answer: Answer) -> None:
        """No replica answered."""
        await self._caller.instead(answer)

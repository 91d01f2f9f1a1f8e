"""Receivers of a replica's response: BufferingCaller collects it, MeasuredCaller measures its duration."""

import time
from collections.abc import Callable
from typing import Protocol

import h11

from local.twin.histograms import Histogram
from local.twin.http_client import HttpResponse, TransportError
from local.twin.services.exchange import ReplicaRequest, get_declared_length


class Caller(Protocol):
    """The receiver of the response to one request."""

    async def send_head(self, head: h11.Response) -> None: ...

    async def send_data(self, data: bytes) -> None: ...

    async def end_response(self) -> None: ...

    async def send_response(self, response: HttpResponse) -> None:
        """Send a complete response that the twin created because no replica responded."""


class BufferingCaller:
    """A caller that collects the response in memory."""

    def __init__(self) -> None:
        self.status, self.body = 0, bytearray()
        self._length: int | None = None

    async def send_head(self, head: h11.Response) -> None:
        self.status, self._length = head.status_code, get_declared_length(head)

    async def send_data(self, data: bytes) -> None:
        self.body += data

    async def end_response(self) -> None:
        """Raise TransportError if the body is not as long as the head declared."""
        if self._length not in {None, len(self.body)}:
            raise TransportError("unexpected EOF")

    async def send_response(self, response: HttpResponse) -> None:
        self.status, self.body = response.status, bytearray(response.body)


class MeasuredCaller:
    """A caller that adds the duration of each complete response to `durations`, in seconds and by status.

    As in a queue-proxy, a response that did not come from a replica is not counted.
    """

    def __init__(self, caller: Caller, durations: Histogram) -> None:
        self._caller = caller
        self._durations = durations
        self._started_at = 0.0
        self._status = ""

    def wrap_with_timer(self, build_request: Callable[[], ReplicaRequest]) -> Callable[[], ReplicaRequest]:
        """Return a function that starts the timer and builds the request. Call it when a replica is assigned."""

        def build_timed_request() -> ReplicaRequest:
            self._started_at = time.monotonic()
            return build_request()

        return build_timed_request

    async def send_head(self, head: h11.Response) -> None:
        self._status = str(head.status_code)
        await self._caller.send_head(head)

    async def send_data(self, data: bytes) -> None:
        await self._caller.send_data(data)

    async def end_response(self) -> None:
        await self._caller.end_response()
        self._durations.observe(time.monotonic() - self._started_at, (self._status,))

    async def send_response(self, response: HttpResponse) -> None:
        await self._caller.send_response(response)

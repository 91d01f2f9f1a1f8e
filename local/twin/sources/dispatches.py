"""Events on their way to a sink, counted: how many are under way, and how long each took with all its attempts."""

import time
from collections import Counter

from local.twin.http import Answer
from local.twin.latencies import Latencies
from local.twin.sources.delivery import Send
from local.twin.sources.eventing_metrics import DISPATCH_BOUNDS
from local.twin.sources.records import Request

SUBSCRIBER, DEAD_LETTER_SINK = "subscriber", "deadLetterSink"


class Dispatches:
    """Of one source, since it was started."""

    def __init__(self) -> None:
        self.in_flight: Counter[str] = Counter({SUBSCRIBER: 0, DEAD_LETTER_SINK: 0})
        self.took = Latencies(DISPATCH_BOUNDS)

    def counting(self, send: Send, sink: str) -> "Dispatch":
        """One event for `sink`; the time runs from now."""
        return Dispatch(self, send, sink)


class Dispatch:
    """Sends as `send` does."""

    def __init__(self, among: Dispatches, send: Send, sink: str) -> None:
        self._among = among
        self._send = send
        self._sink = sink
        self._begun = time.monotonic()
        self._status = ""

    async def __call__(self, url: str, request: Request) -> Answer:
        self._among.in_flight[self._sink] += 1
        self._status = ""
        try:
            answer = await self._send(url, request)
        finally:
            self._among.in_flight[self._sink] -= 1
        self._status = str(answer.status)
        return answer

    def over(self) -> None:
        """It was delivered or given up, with the last answer's status."""
        self._among.took.observe((time.monotonic() - self._begun) * 1000, (self._status,))

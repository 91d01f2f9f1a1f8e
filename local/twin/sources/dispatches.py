"""Counts of events on their way to a sink, and the time that each one took with all its attempts."""

import time
from collections import Counter

from local.twin.histograms import Histogram
from local.twin.http_client import HttpResponse
from local.twin.sources.delivery import Send
from local.twin.sources.eventing_metrics import DISPATCH_BOUNDS
from local.twin.sources.records import DeliveryRequest

SUBSCRIBER, DEAD_LETTER_SINK = "subscriber", "deadLetterSink"


class DispatchMetrics:
    """The dispatches of one source since its start; `durations` are in milliseconds."""

    def __init__(self) -> None:
        self.in_flight: Counter[str] = Counter({SUBSCRIBER: 0, DEAD_LETTER_SINK: 0})
        self.durations = Histogram(DISPATCH_BOUNDS)

    def start_dispatch(self, send: Send, sink: str) -> "Dispatch":
        """Return a sender for one event to `sink`. Its time starts now."""
        return Dispatch(self, send, sink)


class Dispatch:
    """A sender for one event. It calls `send` for each attempt and counts it while it is in flight."""

    def __init__(self, among: DispatchMetrics, send: Send, sink: str) -> None:
        self._among = among
        self._send = send
        self._sink = sink
        self._begun = time.monotonic()
        self._status = ""

    async def __call__(self, url: str, request: DeliveryRequest) -> HttpResponse:
        self._among.in_flight[self._sink] += 1
        self._status = ""
        try:
            answer = await self._send(url, request)
        finally:
            self._among.in_flight[self._sink] -= 1
        self._status = str(answer.status)
        return answer

    def finish(self) -> None:
        """Record the duration after the last attempt, with the status of the last response."""
        self._among.durations.observe((time.monotonic() - self._begun) * 1000, (self._status,))

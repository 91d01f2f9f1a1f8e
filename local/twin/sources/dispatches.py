"""Metrics of dispatches to sinks: the number in flight, and the duration of each dispatch with all its attempts."""

import time
from collections import Counter

from local.twin.histograms import Histogram
from local.twin.http_client import HttpResponse
from local.twin.sources.delivery import Send
from local.twin.sources.eventing_metrics import DISPATCH_BOUNDS
from local.twin.sources.records import DeliveryRequest

SUBSCRIBER, DEAD_LETTER_SINK = "subscriber", "deadLetterSink"


class DispatchMetrics:
    """Metrics of the dispatches of one source. `in_flight` is by kind of sink; `durations` are in milliseconds."""

    def __init__(self) -> None:
        self.in_flight: Counter[str] = Counter({SUBSCRIBER: 0, DEAD_LETTER_SINK: 0})
        self.durations = Histogram(DISPATCH_BOUNDS)

    def start_dispatch(self, send: Send, sink: str) -> "Dispatch":
        """Return a sender for one event, and start to measure the duration of its dispatch.

        `sink` is the kind of sink: SUBSCRIBER or DEAD_LETTER_SINK.
        """
        return Dispatch(self, send, sink)


class Dispatch:
    """A sender for one event. It calls `send` for each attempt, and counts the attempt while it is in flight."""

    def __init__(self, metrics: DispatchMetrics, send: Send, sink: str) -> None:
        self._metrics = metrics
        self._send = send
        self._sink = sink
        self._started_at = time.monotonic()
        self._status = ""

    async def __call__(self, url: str, request: DeliveryRequest) -> HttpResponse:
        self._metrics.in_flight[self._sink] += 1
        self._status = ""
        try:
            response = await self._send(url, request)
        finally:
            self._metrics.in_flight[self._sink] -= 1
        self._status = str(response.status)
        return response

    def finish(self) -> None:
        """Record the duration after the last attempt. Its label is the status, or empty without a response."""
        self._metrics.durations.observe((time.monotonic() - self._started_at) * 1000, (self._status,))

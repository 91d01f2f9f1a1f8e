"""One event on its way into Kafka, as a span that ends when Kafka has acknowledged it."""

import time
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Tracer

from functions.runtime.telemetry.measures import Measures
from functions.runtime.telemetry.spans import fail
from functions.runtime.trace import traceparent_of


class Sending:
    """`cause` is the span that it follows from; without one it is counted and not traced."""

    def __init__(self, tracer: Tracer, measures: Measures, topic: str, cause: SpanContext | None) -> None:
        self._measures, self._topic, self._began = measures, topic, time.monotonic()
        self._span = None
        if cause:
            context = trace.set_span_in_context(NonRecordingSpan(cause))
            self._span = tracer.start_span(f"send {topic}", context, SpanKind.PRODUCER, _attributes(topic))

    def headers(self) -> Mapping[str, bytes]:
        """What lets whoever receives it go on from here."""
        return {"traceparent": traceparent_of(self._span.get_span_context()).encode()} if self._span else {}

    def done(self, error: str | None) -> None:
        """It is acknowledged, or never will be: `error` is the name of why."""
        self._measures.sent(self._topic, time.monotonic() - self._began, error)
        if self._span:
            if error:
                fail(self._span, error)
            self._span.end()


def _attributes(topic: str) -> dict[str, str]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
    }

"""Span and metrics of one published event. The span ends when Kafka has acknowledged the event."""

import time
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Tracer

from functions.runtime.telemetry.metrics import FunctionMetrics
from functions.runtime.telemetry.spans import mark_failed
from functions.runtime.trace import format_traceparent


class PublishSpan:
    """The publishing of one event. `cause` is the parent span. Without a cause, the event is counted but not traced."""

    def __init__(self, tracer: Tracer, metrics: FunctionMetrics, topic: str, cause: SpanContext | None) -> None:
        self._metrics, self._topic, self._started_at = metrics, topic, time.monotonic()
        self._span = None
        if cause:
            context = trace.set_span_in_context(NonRecordingSpan(cause))
            self._span = tracer.start_span(f"send {topic}", context, SpanKind.PRODUCER, _create_attributes(topic))

    def get_headers(self) -> Mapping[str, bytes]:
        """Return the Kafka headers that let a consumer continue the trace; they are empty without a cause."""
        return {"traceparent": format_traceparent(self._span.get_span_context()).encode()} if self._span else {}

    def end(self, error: str | None) -> None:
        """End the span. `error` is the name of the Kafka error, or None if Kafka has acknowledged the event."""
        self._metrics.record_publishing(self._topic, time.monotonic() - self._started_at, error)
        if self._span:
            if error:
                mark_failed(self._span, error)
            self._span.end()


def _create_attributes(topic: str) -> dict[str, str]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
    }

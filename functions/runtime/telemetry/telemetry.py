"""Spans and metrics of one function. Each process creates one Telemetry and passes it to its event handling."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import SpanContext, SpanKind

from functions.runtime.log import get_logger
from functions.runtime.telemetry import export
from functions.runtime.telemetry.handling import EventArrival, HandlingSpans, to_nanoseconds
from functions.runtime.telemetry.metrics import FunctionMetrics
from functions.runtime.telemetry.publishing import PublishSpan
from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.spans import TRACER
from functions.runtime.trace import get_document_span, parse_span_context

log = get_logger()

_SCOPE = "pagebus"
_handling: ContextVar[HandlingSpans | None] = ContextVar("handling", default=None)


class Telemetry:
    """Telemetry of the function that `replica` runs. `processors` export its spans, and `meters` its metrics."""

    def __init__(
        self, replica: Replica, resource: Resource, processors: Sequence[SpanProcessor], meters: MeterProvider
    ) -> None:
        self.replica = replica
        self._resource, self._processors, self._meters = resource, processors, meters
        self._traces = export.create_tracer_provider(resource, processors)
        self._tracer = self._traces.get_tracer(_SCOPE)
        self.metrics = FunctionMetrics(self.meter)

    @classmethod
    def from_environment(cls, function: str, created_at_ns: int) -> "Telemetry":
        """Return telemetry that the OTEL_ variables configure. It exports nothing if these variables are invalid.

        Call this in the process that serves requests, because it starts threads, which do not survive a fork.
        """
        try:
            return cls._create(function, created_at_ns)
        except ValueError:
            # An OTEL_ variable is invalid. The error's text is not logged: it may contain a collector's credentials.
            log.error("telemetry.off", remedy="correct the OTEL_ variables")  # noqa: TRY400  # see above
            export.remove_otel_variables()
            return cls._create(function, created_at_ns)

    @classmethod
    def _create(cls, function: str, created_at_ns: int) -> "Telemetry":
        resource = export.create_resource(function)
        replica = Replica(function, created_at_ns)
        return cls(replica, resource, export.create_span_processors(), export.create_meter_provider(resource))

    @property
    def meter(self) -> Meter:
        """The meter for metrics that only this function has."""
        return self._meters.get_meter(_SCOPE)

    @contextmanager
    def trace_handling(self, arrival: EventArrival) -> Iterator[HandlingSpans]:
        """Trace and count the handling of one event inside the context."""
        handling = HandlingSpans(self._tracer, arrival, self.replica)
        tokens = TRACER.set(self._tracer), _handling.set(handling)
        metrics_context = self.metrics.record_handling(arrival, self.replica, is_cold_start=handling.is_cold_start)
        try:
            with metrics_context, handling.open():
                yield handling
        finally:
            TRACER.reset(tokens[0])
            _handling.reset(tokens[1])

    def trace_document(self, document: UUID, uploaded_at: datetime) -> AbstractContextManager[None]:
        """Return a context that traces work on one document. It is for events that do not contain a document id."""
        handling = _handling.get()
        return handling.trace_document(document, uploaded_at) if handling else nullcontext()

    def start_publishing(self, topic: str, cause: SpanContext | None) -> PublishSpan:
        """Return the started span of the publishing of one event. `cause` is its parent span, or None if unknown."""
        return PublishSpan(self._tracer, self.metrics, topic, cause)

    def export_document_span(self, document: UUID, origin: str | None, started_at: datetime | None, state: str) -> None:
        """Export the span of a whole document, from `started_at` until now, when it reached the terminal `state`.

        `origin` is the `ce_traceparent` of the document's events. Spans of work on the document already refer to this
        span as their parent.
        """
        now = time.time_ns()
        if handling := _handling.get():
            handling.record_document_state(document, state)
        context, parent = get_document_span(document, origin), parse_span_context(origin)
        span = ReadableSpan(
            name="document",
            context=context,
            parent=parent if parent and parent.span_id != context.span_id else None,
            resource=self._resource,
            attributes={"pagebus.document": str(document), "pagebus.document.state": state},
            kind=SpanKind.INTERNAL,
            start_time=min(to_nanoseconds(started_at), now) if started_at else now,
            end_time=now,
        )
        for processor in self._processors:
            processor.on_end(span)

    def report_timeout(self) -> None:
        """Count a stalled request and export the metrics at once, because the process is about to end."""
        self.metrics.count_timeout()
        self._meters.force_flush(export.EXPORT_TIMEOUT_SECONDS * 1000)

    def close(self) -> None:
        """Export the remaining spans and metrics, within a few seconds."""
        self._traces.shutdown()
        self._meters.shutdown(export.EXPORT_TIMEOUT_SECONDS * 1000)

"""One function's spans and metrics: made once per process, handed to what handles events."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

import structlog
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import SpanContext, SpanKind

from functions.runtime.telemetry import export
from functions.runtime.telemetry.handling import Arrival, Handling, nanoseconds
from functions.runtime.telemetry.measures import Measures
from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.sending import Sending
from functions.runtime.telemetry.spans import TRACER
from functions.runtime.trace import context_of, document_span

log = structlog.get_logger()

_SCOPE = "pagebus"
_handling: ContextVar[Handling | None] = ContextVar("handling", default=None)


class Telemetry:
    """Of the function that `replica` serves; spans go to `processors`, metrics to `meters`."""

    def __init__(
        self, replica: Replica, resource: Resource, processors: Sequence[SpanProcessor], meters: MeterProvider
    ) -> None:
        self.replica = replica
        self._resource, self._processors, self._meters = resource, processors, meters
        self._traces = export.tracer_provider(resource, processors)
        self._tracer = self._traces.get_tracer(_SCOPE)
        self.measures = Measures(self.meter)

    @classmethod
    def begin(cls, function: str, created: int) -> "Telemetry":
        """As the environment says. Starts threads, so call it where the function serves and not before a fork."""
        try:
            return cls._as_told(function, created)
        except ValueError:
            # One of OpenTelemetry's own variables. Without its words: among them are a collector's credentials.
            log.error("telemetry.off", mend="correct the OTEL_ variables")  # noqa: TRY400  # its kind is enough
            export.turn_off()
            return cls._as_told(function, created)

    @classmethod
    def _as_told(cls, function: str, created: int) -> "Telemetry":
        resource = export.resource(function)
        return cls(Replica(function, created), resource, export.span_processors(), export.meter_provider(resource))

    @property
    def meter(self) -> Meter:
        """For what only this function can count."""
        return self._meters.get_meter(_SCOPE)

    @contextmanager
    def handling(self, arrival: Arrival) -> Iterator[Handling]:
        """The handling of one event, from its arrival to the end of what is done inside."""
        handling = Handling(self._tracer, arrival, self.replica)
        tokens = TRACER.set(self._tracer), _handling.set(handling)
        try:
            with self.measures.handled(arrival, self.replica, cold=handling.cold), handling.entered():
                yield handling
        finally:
            TRACER.reset(tokens[0])
            _handling.reset(tokens[1])

    def of_document(self, document: UUID, uploaded_at: datetime) -> AbstractContextManager[None]:
        """Inside, the event that is being handled turns out to be about this document."""
        handling = _handling.get()
        return handling.of(document, uploaded_at) if handling else nullcontext()

    def sending(self, topic: str, cause: SpanContext | None) -> Sending:
        """An event that is about to be published, because of `cause`."""
        return Sending(self._tracer, self.measures, topic, cause)

    def ended(self, document: UUID, origin: str | None, began: datetime | None, state: str) -> None:
        """A document has come to its end: tell the span of all of it, which others have referred to all along."""
        now = time.time_ns()
        if handling := _handling.get():
            handling.ended(document, state)
        span, brought = document_span(document, origin), context_of(origin)
        told = ReadableSpan(
            name="document",
            context=span,
            parent=brought if brought and brought.span_id != span.span_id else None,
            resource=self._resource,
            attributes={"pagebus.document": str(document), "pagebus.document.state": state},
            kind=SpanKind.INTERNAL,
            start_time=min(nanoseconds(began), now) if began else now,
            end_time=now,
        )
        for processor in self._processors:
            processor.on_end(told)

    def timed_out(self) -> None:
        """A request is stuck and the process about to end: count it while that is possible."""
        self.measures.timed_out()
        self._meters.force_flush(export.PATIENCE_SECONDS * 1000)

    def close(self) -> None:
        """Export what is left, within a few seconds."""
        self._traces.shutdown()
        self._meters.shutdown(export.PATIENCE_SECONDS * 1000)

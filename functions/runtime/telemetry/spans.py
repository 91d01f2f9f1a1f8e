"""Spans within the handling of an event. They cost nothing if no event is traced."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, Tracer

from functions.runtime.log import get_logger

log = get_logger()

#: The tracer of the event that this thread handles, or None. There is no tracer for the whole process.
TRACER: ContextVar[Tracer | None] = ContextVar("tracer", default=None)


@contextmanager
def trace_span(
    name: str, attributes: Mapping[str, str | float] | None = None, kind: SpanKind = SpanKind.INTERNAL
) -> Iterator[Span]:
    """Record the work inside the context as a child of the current span. Attributes must be ids and numbers."""
    tracer = TRACER.get()
    if tracer is None or not trace.get_current_span().get_span_context().is_valid:
        yield INVALID_SPAN
        return
    span = tracer.start_span(name, kind=kind, attributes=attributes)
    with (
        trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False),
        mark_errors(span),
    ):
        yield span


@contextmanager
def mark_errors(span: Span) -> Iterator[None]:
    """Mark the span as failed if an exception is raised inside. Only the exception's type is recorded."""
    try:
        yield
    except BaseException as error:
        mark_failed(span, type(error).__name__)
        raise


@contextmanager
def suppress_errors() -> Iterator[None]:
    """Log exceptions of telemetry and suppress them, so that they cannot fail the work itself."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # any error of telemetry is suppressed
        log.error("telemetry.failed", error=type(error).__name__)  # noqa: TRY400  # the text may be private


def mark_failed(span: Span, error_type: str) -> None:
    """Mark a span as failed with an error of this type."""
    span.set_attribute("error.type", error_type)
    span.set_status(Status(StatusCode.ERROR))

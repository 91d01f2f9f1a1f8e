"""Spans within the handling of an event. Where nothing is traced they cost nothing and are nowhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, Tracer

log = structlog.get_logger()

#: The tracer of what is being handled here and now: there is none for a whole process, or for nothing.
TRACER: ContextVar[Tracer | None] = ContextVar("tracer", default=None)


@contextmanager
def span(
    name: str, attributes: Mapping[str, str | float] | None = None, kind: SpanKind = SpanKind.INTERNAL
) -> Iterator[Span]:
    """What happens inside, as a part of what is being handled. Attributes are ids and numbers."""
    tracer = TRACER.get()
    if tracer is None or not trace.get_current_span().get_span_context().is_valid:
        yield INVALID_SPAN
        return
    started = tracer.start_span(name, kind=kind, attributes=attributes)
    with (
        trace.use_span(started, end_on_exit=True, record_exception=False, set_status_on_exception=False),
        ended_with_errors(started),
    ):
        yield started


@contextmanager
def ended_with_errors(of: Span) -> Iterator[None]:
    """Mark a span as failed by what is raised inside: the kind of it only, as its words may be a document's."""
    try:
        yield
    except BaseException as error:
        fail(of, type(error).__name__)
        raise


@contextmanager
def harmless() -> Iterator[None]:
    """What is told must not fail what is done: whatever goes wrong in telling is logged, and that is all."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # that is the point
        log.error("telemetry.failed", error=type(error).__name__)  # noqa: TRY400  # its kind is enough


def fail(of: Span, kind: str) -> None:
    """Mark a span as failed."""
    of.set_attribute("error.type", kind)
    of.set_status(Status(StatusCode.ERROR))

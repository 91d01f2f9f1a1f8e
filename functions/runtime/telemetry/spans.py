"""Spans within the handling of an event. Where nothing is traced they cost nothing and are nowhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, Tracer

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


def fail(of: Span, kind: str) -> None:
    """Mark a span as failed."""
    of.set_attribute("error.type", kind)
    of.set_status(Status(StatusCode.ERROR))

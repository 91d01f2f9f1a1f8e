"""Structured logging: one JSON line per log event. A line never has document text, file names or secrets."""

import logging
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from opentelemetry import trace


@contextmanager
def _hide_rich() -> Iterator[None]:
    """Make `import rich` fail inside the context, unless it is imported already.

    structlog imports rich, if it is installed, for tracebacks on terminals. Functions never print these. The import of
    rich loads 90 modules and takes longer than the import of structlog itself.
    """
    if "rich" in sys.modules:
        yield
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # Python's documented way to block an import
    try:
        yield
    finally:
        del sys.modules["rich"]


with _hide_rich():
    import structlog


def get_logger() -> Any:
    """Return a structlog logger. Do not import structlog elsewhere, because that would import rich as well."""
    return structlog.get_logger()


def bind_log_fields(**fields: str | int) -> AbstractContextManager[object]:
    """Return a context in which every log line of this thread has these fields."""
    return structlog.contextvars.bound_contextvars(**fields)


def configure_logging(function: str, level: str) -> None:
    """Set up logging for this process: JSON lines, or colored text if stdout is a terminal."""
    renderer = structlog.dev.ConsoleRenderer() if sys.stdout.isatty() else structlog.processors.JSONRenderer()

    def add_function(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        # A context variable would not have its value in the threads that handle requests, so this is a processor.
        return {"function": function, **line}

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_function,
            _add_trace_ids,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            # Only the type and location of an exception are logged, because its message may quote a document.
            structlog.processors.ExceptionRenderer(_format_location),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _add_trace_ids(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add the ids of the current span, so that the span of a log line can be found in a trace viewer."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        return {**line, "trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
    return line


def _format_location(exc_info: structlog.typing.ExcInfo) -> str:
    """Return the exception's type and its call stack as "file:line function", innermost call last."""
    error_type, _, traceback = exc_info
    calls = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        calls.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return f"{error_type.__name__}: {' > '.join(calls)}"

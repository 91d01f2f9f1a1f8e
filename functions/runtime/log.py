"""One JSON line per thing that happened: a constant name and fields, never text, file names or secrets."""

import logging
import sys

import structlog
from opentelemetry import trace


def configure(function: str, level: str) -> None:
    """Set up logging for this process: JSON, or on a terminal lines for people."""
    written = structlog.dev.ConsoleRenderer() if sys.stdout.isatty() else structlog.processors.JSONRenderer()

    def name_function(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        # No context variable: those of this thread are not those of the threads that handle requests.
        return {"function": function, **line}

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            name_function,
            _name_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            # Where it broke, never what it broke on: an exception's message may quote a document.
            structlog.processors.ExceptionRenderer(_where),
            written,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _name_trace(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The ids under which a trace viewer finds what the line is about."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        return {**line, "trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
    return line


def _where(exc_info: structlog.typing.ExcInfo) -> str:
    """The exception's type and the places it passed, innermost last."""
    kind, _, traceback = exc_info
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return f"{kind.__name__}: {' > '.join(places)}"

"""Sample traces of a document. Times are in seconds since its upload event."""

from typing import Any

from local.telemetry.span import Span, SpanKind

TRACE = "0f3a9c1e000050008000000000000001"
DOCUMENT = "0f3a9c1e-0000-5000-8000-000000000001"
DOCUMENT_SPAN = TRACE[16:]
_NANO = 1_000_000_000
_EPOCH = 1_795_000_000 * _NANO
_KINDS = {
    "PutObject": SpanKind.CLIENT,
    "send": SpanKind.PRODUCER,
    "receive": SpanKind.CLIENT,
    "POST": SpanKind.CLIENT,
    "process": SpanKind.CONSUMER,
}


def make_span(  # noqa: PLR0913, PLR0917  # one argument per column
    span_id: str, name: str, start: float, end: float, parent: str = "", service: str = "", **attributes: Any
) -> Span:
    """Return a span. A `__` in an attribute's name becomes a dot."""
    return Span(
        trace_id=TRACE,
        span_id=span_id,
        parent_id=parent,
        name=name,
        kind=_KINDS.get(name.partition(" ")[0], SpanKind.INTERNAL),
        start=_EPOCH + round(start * _NANO),
        end=_EPOCH + round(end * _NANO),
        service=service,
        attributes={key.replace("__", "."): value for key, value in attributes.items()},
    )


def make_document_span(seconds: float) -> Span:
    return make_span(DOCUMENT_SPAN, "document", 0, seconds, service="persistence", pagebus__document=DOCUMENT)


def build_page_trace() -> list[Span]:
    """Return the trace of one page: uploaded at 0 s, requested at 1 s, engine started by 6 s, read from 7 to 9 s."""
    return [
        make_span("put", "PutObject", -0.5, 0.2, DOCUMENT_SPAN, "pagebus"),
        make_document_span(11),
        make_span("rec", "receive pagebus.uploads", 0, 0.4, DOCUMENT_SPAN, "intake"),
        make_span("upl", "process pagebus.uploads", 0.4, 1.2, "rec", "intake"),
        make_span("fet", "fetch", 0.5, 0.8, "upl", "intake"),
        make_span("snd", "send pagebus.pages.tesseract", 1, 1.1, "upl", "intake"),
        make_span("wai", "receive pagebus.pages.tesseract", 1, 2, "snd", "dispatcher"),
        make_span("pst", "POST", 2, 9.6, "wai", "dispatcher"),
        make_span("rep", "wait tesseract", 2, 6.1, "pst", "activator"),
        make_span("sta", "start tesseract", 3, 6, "pst", "tesseract"),
        make_span("loa", "load deu", 4, 5, "sta", "tesseract"),
        make_span("pag", "process pagebus.pages.tesseract", 6.2, 9.5, "pst", "tesseract", pagebus__page=1),
        make_span("rea", "read", 7, 9, "pag", "tesseract"),
        make_span("out", "send pagebus.outcomes", 9.2, 9.3, "pag", "tesseract"),
        make_span("wa2", "receive pagebus.outcomes", 9.2, 10, "out", "dispatcher"),
        make_span("ps2", "POST", 10, 11.2, "wa2", "dispatcher"),
        make_span(
            "end", "process pagebus.outcomes", 10.1, 11.1, "ps2", "persistence", pagebus__document__state="completed"
        ),
        make_span("com", "commit", 10.5, 11, "end", "persistence"),
    ]

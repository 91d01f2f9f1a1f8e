"""A document's trace, written down by hand: times in seconds since its announcement."""

from typing import Any

from local.telemetry.span import Span, SpanKind

TRACE = "0f3a9c1e000050008000000000000001"
DOCUMENT = "0f3a9c1e-0000-5000-8000-000000000001"
ROOT = TRACE[16:]
_NANO = 1_000_000_000
_EPOCH = 1_795_000_000 * _NANO
_KINDS = {
    "PutObject": SpanKind.CLIENT,
    "send": SpanKind.PRODUCER,
    "receive": SpanKind.CLIENT,
    "POST": SpanKind.CLIENT,
    "process": SpanKind.CONSUMER,
}


def span(  # noqa: PLR0913, PLR0917  # one argument per column
    span_id: str, name: str, start: float, end: float, parent: str = "", service: str = "", **attributes: Any
) -> Span:
    """A span; `__` in an attribute's name stands for a dot."""
    return Span(
        trace_id=TRACE,
        span_id=span_id,
        parent=parent,
        name=name,
        kind=_KINDS.get(name.partition(" ")[0], SpanKind.INTERNAL),
        start=_EPOCH + round(start * _NANO),
        end=_EPOCH + round(end * _NANO),
        service=service,
        attributes={key.replace("__", "."): value for key, value in attributes.items()},
    )


def document(seconds: float) -> Span:
    return span(ROOT, "document", 0, seconds, service="persistence", pagebus__document=DOCUMENT)


def letter() -> list[Span]:
    """One page, from zero: announced at 0, asked for at 1, an engine that is there from 6 on, read from 7 to 9."""
    return [
        span("put", "PutObject", -0.5, 0.2, ROOT, "pagebus"),
        document(11),
        span("rec", "receive pagebus.uploads", 0, 0.4, ROOT, "intake"),
        span("upl", "process pagebus.uploads", 0.4, 1.2, "rec", "intake"),
        span("fet", "fetch", 0.5, 0.8, "upl", "intake"),
        span("snd", "send pagebus.pages.tesseract", 1, 1.1, "upl", "intake"),
        span("wai", "receive pagebus.pages.tesseract", 1, 2, "snd", "dispatcher"),
        span("pst", "POST", 2, 9.6, "wai", "dispatcher"),
        span("rep", "wait tesseract", 2, 6.1, "pst", "activator"),
        span("sta", "start tesseract", 3, 6, "pst", "tesseract"),
        span("loa", "load deu", 4, 5, "sta", "tesseract"),
        span("pag", "process pagebus.pages.tesseract", 6.2, 9.5, "pst", "tesseract", pagebus__page=1),
        span("rea", "read", 7, 9, "pag", "tesseract"),
        span("out", "send pagebus.outcomes", 9.2, 9.3, "pag", "tesseract"),
        span("wa2", "receive pagebus.outcomes", 9.2, 10, "out", "dispatcher"),
        span("ps2", "POST", 10, 11.2, "wa2", "dispatcher"),
        span("end", "process pagebus.outcomes", 10.1, 11.1, "ps2", "persistence", pagebus__document__state="completed"),
        span("com", "commit", 10.5, 11, "end", "persistence"),
    ]

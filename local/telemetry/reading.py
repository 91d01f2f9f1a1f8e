"""The spans of a document, from what a home has kept."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from local.telemetry import files, otlp
from local.telemetry.critical import children
from local.telemetry.span import Span
from local.telemetry.tree import walk

_DOCUMENT = "pagebus.document"


def of_trace(folder: Path, trace_id: str) -> list[Span]:
    """Each once, however often it was exported, in the order in which they began."""
    found: dict[str, Span] = {}
    for export in files.mentioning(folder, trace_id):
        for span in _spans(export):
            if span.trace_id == trace_id and span.parent != span.span_id:
                found.setdefault(span.span_id, span)
    return sorted(found.values(), key=lambda span: (span.start, span.end))


def of_document(spans: Sequence[Span], document: str) -> list[Span]:
    """Without what was done for other documents only: somebody may announce many in one trace."""
    walked, families = [line.spans[0] for line in walk(spans)], children(spans)
    of: dict[str, str | None] = {}
    for span in walked:
        of[span.span_id] = span.attributes.get(_DOCUMENT) or of.get(span.parent)
    for span in reversed(walked):  # what led to one document only is that document's
        below = {of[child.span_id] for child in families.get(span.span_id, ())}
        if of[span.span_id] is None and below and not below & {None, document}:
            of[span.span_id] = below.pop()
    return [span for span in spans if of.get(span.span_id) in (None, document)]


def _spans(export: dict[str, Any]) -> Iterable[Span]:
    try:
        return list(otlp.spans(export))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ()  # whoever sent this does not speak OTLP

"""Stored traces: the spans of one trace, and of one document in it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from local.telemetry import otlp, trace_files
from local.telemetry.critical_path import group_by_parent
from local.telemetry.span import Span
from local.telemetry.tree import walk_tree

_DOCUMENT = "pagebus.document"


def load_trace(folder: Path, trace_id: str) -> list[Span]:
    """Return the stored spans of a trace, ordered by start time. A span that was exported twice appears once."""
    found: dict[str, Span] = {}
    for export in trace_files.find_exports(folder, trace_id):
        for span in _parse_export(export):
            if span.trace_id == trace_id and span.parent_id != span.span_id:
                found.setdefault(span.span_id, span)
    return sorted(found.values(), key=lambda span: (span.start, span.end))


def select_document_spans(spans: Sequence[Span], document: str) -> list[Span]:
    """Return the spans without those that belong only to other documents: a client can upload many in one trace."""
    top_down, children = [line.spans[0] for line in walk_tree(spans)], group_by_parent(spans)
    documents: dict[str, str | None] = {}
    for span in top_down:
        documents[span.span_id] = span.attributes.get(_DOCUMENT) or documents.get(span.parent_id)
    # A span without a document belongs to other documents if all its children do.
    for span in reversed(top_down):
        below = {documents[child.span_id] for child in children.get(span.span_id, ())}
        if documents[span.span_id] is None and below and not below & {None, document}:
            documents[span.span_id] = below.pop()
    return [span for span in spans if documents.get(span.span_id) in (None, document)]


def _parse_export(export: dict[str, Any]) -> Iterable[Span]:
    """Return the spans of an export, or none if it is not valid OTLP."""
    try:
        return list(otlp.parse_spans(export))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ()

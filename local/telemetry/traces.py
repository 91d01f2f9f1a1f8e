"""The stored spans of a trace, and the selection of those that belong to one document."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from local.telemetry import otlp, trace_files
from local.telemetry.critical_path import group_by_parent
from local.telemetry.span import Span
from local.telemetry.tree import walk_tree

_DOCUMENT = "pagebus.document"


def load_trace(folder: Path, trace_id: str) -> list[Span]:
    """Return the stored spans of a trace in the order of start times. If a span was exported twice, return it once."""
    spans_by_id: dict[str, Span] = {}
    for export in trace_files.find_exports(folder, trace_id):
        for span in _parse_export(export):
            if span.trace_id == trace_id and span.parent_id != span.span_id:
                spans_by_id.setdefault(span.span_id, span)
    return sorted(spans_by_id.values(), key=lambda span: (span.start, span.end))


def select_document_spans(spans: Sequence[Span], document: str) -> list[Span]:
    """Return the spans without those of other documents, because a client can upload many documents in one trace.

    `document` is the document id. Spans that belong to no document are returned too.
    """
    parents_first, children = [line.spans[0] for line in walk_tree(spans)], group_by_parent(spans)
    document_by_span_id: dict[str, str | None] = {}
    for span in parents_first:
        document_by_span_id[span.span_id] = span.attributes.get(_DOCUMENT) or document_by_span_id.get(span.parent_id)
    # A span that still has no document belongs to another document if each of its children does.
    for span in reversed(parents_first):
        child_documents = {document_by_span_id[child.span_id] for child in children.get(span.span_id, ())}
        if document_by_span_id[span.span_id] is None and child_documents and not child_documents & {None, document}:
            document_by_span_id[span.span_id] = child_documents.pop()
    return [span for span in spans if document_by_span_id.get(span.span_id) in (None, document)]


def _parse_export(export: dict[str, Any]) -> Iterable[Span]:
    """Return the spans of an export, or none if it is not valid OTLP."""
    try:
        return list(otlp.parse_spans(export))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ()

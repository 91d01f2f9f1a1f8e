"""The command `pagebus trace`: print the spans of a document as a waterfall, and its time by kind of work."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from events.traceparent import TraceContext, derive_document_context, parse_traceparent
from local.cli.queries import documents
from local.cli.queries.documents import Document
from local.cli.shell.errors import CommandFailedError
from local.cli.shell.screen import JsonOption, make_printable, notes, out, print_json
from local.cli.stack import stack
from local.cli.trace.waterfall import build_time_table, build_waterfall
from local.telemetry import ENDPOINT_VARIABLE, TELEMETRY
from local.telemetry.activities import sum_seconds_by_activity
from local.telemetry.critical_path import find_causal_chain, find_document_span, find_ending_span
from local.telemetry.span import Span
from local.telemetry.trace_files import MAX_FILE_BYTES, MAX_FILES
from local.telemetry.traces import load_trace, select_document_spans
from local.telemetry.tree import build_lines, find_orphans

# Functions export their spans every second, so the last spans of a document arrive within this time.
_EXPORT_DELAY_S = 2.0
_POLL_S = 0.2
_DEFAULT_LINES = 50
_STORED_MB = MAX_FILES * MAX_FILE_BYTES // 1024**2


def run_trace(
    document: Annotated[str, typer.Argument(help="The id of a document. The first digits are enough.")],
    *,
    shows_all: Annotated[
        bool, typer.Option("--all", help="Show every span, even if the list is longer than the screen.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the spans of a document, and the time by kind of work."""
    running_stack = stack.require_stack()
    stored_document = documents.find_document(running_stack.endpoints.database, document)
    origin = _find_origin(running_stack.endpoints.database, stored_document)
    spans = _load_spans(running_stack.home / TELEMETRY, stored_document, origin)
    if not spans:
        raise CommandFailedError(_explain_missing_spans(stored_document, origin))
    if as_json:
        print_json([span.as_dict() for span in spans])
        return
    _print_waterfall(spans, limit=None if shows_all else _count_screen_lines())
    for note in _list_gaps(spans, stored_document, origin):
        notes.print(note, markup=False)


def _find_origin(database: str, document: Document) -> TraceContext:
    """Return the trace context of the upload event, or that of the document itself if the event had none."""
    upload_context = parse_traceparent(documents.load_traceparent(database, document.document))
    return upload_context or derive_document_context(UUID(document.document))


def _load_spans(folder: Path, document: Document, origin: TraceContext) -> list[Span]:
    """Return the stored spans of a document. If the document has ended, wait up to 2 s until its trace is complete."""
    deadline = time.monotonic() + _EXPORT_DELAY_S
    while True:
        spans = select_document_spans(load_trace(folder, origin.trace_id), document.document)
        if not document.has_ended or _is_complete(spans, origin) or time.monotonic() > deadline:
            return spans
        time.sleep(_POLL_S)


def _is_complete(spans: Sequence[Span], origin: TraceContext) -> bool:
    return (
        find_document_span(spans) is not None
        and find_ending_span(spans) is not None
        and not find_orphans(spans, origin.span_id)
    )


def _explain_missing_spans(document: Document, origin: TraceContext) -> str:
    if not origin.is_sampled:
        return (
            f"{document.document} belongs to a trace that is not recorded, because its upload event is not sampled. "
            "Send the event without a traceparent, or with a traceparent that ends in 01."
        )
    if not document.has_ended:
        return f"No span of {document.document} has arrived yet. Run this command again in a few seconds."
    return (
        f"There are no spans of {document.document}. They were deleted (only the newest {_STORED_MB} MB are kept), "
        f"or {ENDPOINT_VARIABLE} in the manifests names another collector. "
        f"`pagebus submit --again FILE` reads the document again."
    )


def _count_screen_lines() -> int:
    return out.size.height if out.is_terminal else _DEFAULT_LINES


def _print_waterfall(spans: Sequence[Span], limit: int | None) -> None:
    critical_path = {span.span_id for span in find_causal_chain(spans)}
    out.print(build_waterfall(build_lines(spans, limit, critical_path), critical_path))
    if seconds := sum_seconds_by_activity(spans):
        out.print()
        out.print(build_time_table(seconds))


def _list_gaps(spans: Sequence[Span], document: Document, origin: TraceContext) -> list[str]:
    """Return a sentence for each reason why the waterfall is incomplete."""
    gaps = []
    if not document.has_ended:
        gaps.append(f"{document.short_id} is {document.state}, so its trace is not complete yet.")
    elif find_document_span(spans) is None:
        gaps.append("The span of the whole document is missing, so its start and its end may be wrong.")
    if orphans := find_orphans(spans, origin.span_id):
        subject = "1 span has" if len(orphans) == 1 else f"{len(orphans)} spans have"
        names = ", ".join(sorted({make_printable(span.name) for span in orphans}))
        gaps.append(f"{subject} a parent that is missing: {names}.")
    return gaps

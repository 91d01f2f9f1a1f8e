"""`pagebus trace`: what happened to a document, and where its time went."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from events import traceparent
from events.traceparent import Context
from local.cli import documents, stack, waterfall
from local.cli import home as homes
from local.cli.documents import Document
from local.cli.errors import Failed
from local.cli.screen import Json, notes, out, print_json, printable
from local.telemetry import ENDPOINT, TELEMETRY
from local.telemetry.critical import causes, ended_by, root
from local.telemetry.files import FILE_BYTES, FILES
from local.telemetry.kinds import shares
from local.telemetry.reading import of_document, of_trace
from local.telemetry.span import Span
from local.telemetry.tree import lines, lost

# Functions export every second.
_ON_THEIR_WAY_S = 2.0
_POLL_S = 0.2
_LINES = 50
_KEPT_MB = FILES * FILE_BYTES // 1024**2


def trace(
    document: Annotated[str, typer.Argument(help="A document's id, or the beginning of one.")],
    *,
    every: Annotated[bool, typer.Option("--all", help="Show every span, however many pages there are.")] = False,
    as_json: Json = False,
) -> None:
    """Show a document's way as a waterfall, and where its time went."""
    home = homes.find()
    database = stack.required(home).started.endpoints.database
    found = documents.find(database, document)
    origin = _origin(database, found)
    spans = _spans(home / TELEMETRY, found, origin)
    if not spans:
        raise Failed(_nothing(found, origin))
    if as_json:
        print_json([span.told() for span in spans])
        return
    _show(spans, limit=None if every else _screenful())
    for note in _shortfalls(spans, found, origin):
        notes.print(note, markup=False)


def _origin(database: str, document: Document) -> Context:
    """Of a document that brought no trace, its own."""
    told = traceparent.read(documents.traceparent(database, document.document))
    return told or traceparent.of_document(UUID(document.document))


def _spans(folder: Path, document: Document, origin: Context) -> list[Span]:
    """All that there are; what ended a moment ago is given the time that its last spans need to come."""
    deadline = time.monotonic() + _ON_THEIR_WAY_S
    while True:
        spans = of_document(of_trace(folder, origin.trace_id), document.document)
        if not document.ended or _complete(spans, origin) or time.monotonic() > deadline:
            return spans
        time.sleep(_POLL_S)


def _complete(spans: Sequence[Span], origin: Context) -> bool:
    return root(spans) is not None and ended_by(spans) is not None and not lost(spans, origin.span_id)


def _nothing(document: Document, origin: Context) -> str:
    if not origin.sampled:
        return (
            f"{document.document} was announced within a trace that is not to be recorded. "
            "Announce it without a traceparent, or with one that ends in 01."
        )
    if not document.ended:
        return f"No span of {document.document} has come yet. Ask again in a few seconds."
    return (
        f"There are no spans of {document.document}: they are among those that made room for newer ones "
        f"({_KEPT_MB} MB are kept), or {ENDPOINT} in the manifests sends them elsewhere. "
        f"`pagebus submit --again FILE` reads it afresh."
    )


def _screenful() -> int:
    return out.size.height if out.is_terminal else _LINES


def _show(spans: Sequence[Span], limit: int | None) -> None:
    path = {span.span_id for span in causes(spans)}
    out.print(waterfall.waterfall(lines(spans, limit, path), path))
    if seconds := shares(spans):
        out.print()
        out.print(waterfall.kinds(seconds))


def _shortfalls(spans: Sequence[Span], document: Document, origin: Context) -> list[str]:
    """What is missing from the picture."""
    said = []
    if not document.ended:
        said.append(f"{document.short} is {document.state}: this is its way so far.")
    elif root(spans) is None:
        said.append("The span of the document as a whole is missing, so its beginning and end are those of the others.")
    if orphans := lost(spans, origin.span_id):
        have = "1 span has" if len(orphans) == 1 else f"{len(orphans)} spans have"
        names = ", ".join(sorted({printable(span.name) for span in orphans}))
        said.append(f"{have} a parent that is not here: {names}.")
    return said

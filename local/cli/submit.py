"""`pagebus submit`: files into the bucket, and, with --wait, their texts out of it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from events.document import OutputFormat
from local.cli import documents, stack, text, upload, waiting
from local.cli import home as homes
from local.cli.documents import Document
from local.cli.screen import Json, notes, out, print_json, printable
from local.cli.upload import Upload
from local.platform import Endpoints, buckets


def submit(  # noqa: PLR0913  # one argument per flag
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Documents, or folders of documents.")],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Show pages coming in, then the text.")] = False,
    languages: Annotated[str | None, typer.Option(help="Such as deu+eng.")] = None,
    engines: Annotated[str | None, typer.Option(help="The route, such as tesseract,rapidocr.")] = None,
    outputs: Annotated[str | None, typer.Option(help="What to write, such as text,markdown,json.")] = None,
    min_confidence: Annotated[float | None, typer.Option(help="From 0 to 1: below it, the next engine tries.")] = None,
    tenant: Annotated[str, typer.Option(help="The folder of the bucket that they go to.")] = "default",
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 600,
    as_json: Json = False,
) -> None:
    """Upload documents to the bucket to be read: files, and of folders every file that is not hidden."""
    planned = upload.plan(files, tenant)
    said = {"languages": languages, "engines": engines, "outputs": outputs, "min_confidence": min_confidence}
    metadata = upload.wishes(said)
    endpoints = stack.required(homes.find()).started.endpoints
    submitted = _upload(endpoints, planned, tenant, metadata, aloud=not as_json)
    database = endpoints.database
    ended = waiting.until_ended(database, submitted, timeout) if wait else _as_known(database, submitted)
    if as_json:
        print_json([_told(endpoints, document) for document in ended])
    for document in ended if not as_json else ():
        if wait:
            _show(endpoints, document, headed=len(ended) > 1)
        _note_shortfall(document)
    if any(not document.completed for document in ended if wait or document.ended):
        raise typer.Exit(1)


def _upload(
    endpoints: Endpoints, planned: Iterable[Upload], tenant: str, metadata: Mapping[str, str], *, aloud: bool
) -> list[Document]:
    s3 = buckets.client(endpoints)
    submitted = []
    for one in planned:
        document = upload.put(s3, one, tenant, metadata)
        submitted.append(document)
        if aloud:
            out.print(f"{document.document}  {printable(document.key)}", markup=False)
    return submitted


def _as_known(database: str, submitted: list[Document]) -> list[Document]:
    """The same bytes under the same key may have been read before."""
    known = documents.named(database, [document.document for document in submitted])
    return [known.get(document.document, document) for document in submitted]


def _text(endpoints: Endpoints, document: Document) -> bytes | None:
    """The text, where there is one: a document may have been written in other formats only."""
    if not document.completed or "text" not in documents.outputs(endpoints.database, document.document):
        return None
    return text.read(endpoints, document, OutputFormat.TEXT)


def _told(endpoints: Endpoints, document: Document) -> dict[str, object]:
    content = _text(endpoints, document)
    return {**asdict(document), "text": None if content is None else content.decode()}


def _show(endpoints: Endpoints, document: Document, *, headed: bool) -> None:
    if headed:
        out.print(f"==> {printable(document.key)} <==", style="bold", markup=False)
    if (content := _text(endpoints, document)) is not None:
        text.show(content)
    if not document.ended:
        notes.print(f"{document.document} has not ended in time. {_more(document)}", markup=False)


def _note_shortfall(document: Document) -> None:
    """On stderr: a pipe behind stdout wants text only."""
    if document.ended and not document.completed:
        reason = document.reason or "no reason given"
        notes.print(f"{document.document} {document.state}: {reason}. {_more(document)}", markup=False)
    elif document.ended and document.failed:
        missing = f"{document.failed} of {document.pages} pages could not be read."
        notes.print(f"{document.document}: {missing} {_more(document)}", markup=False)


def _more(document: Document) -> str:
    return f"`pagebus status {document.short}` says more."

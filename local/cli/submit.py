"""`pagebus submit`: files into the bucket, and, with --wait, their texts out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from events.document import OutputFormat
from local.cli import documents, stack, text, upload, waiting
from local.cli import home as homes
from local.cli.documents import Document
from local.cli.screen import Json, notes, out, print_json, printable
from local.platform import Endpoints


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
    """Upload documents to the bucket to be read."""
    planned = upload.plan(files, tenant)
    said = {"languages": languages, "engines": engines, "outputs": outputs, "min_confidence": min_confidence}
    metadata = upload.wishes(said)
    endpoints = stack.required(homes.find()).started.endpoints
    submitted = []
    for one in planned:
        document = upload.put(endpoints, one, tenant, metadata)
        submitted.append(document)
        if not as_json:
            out.print(f"{document.document}  {printable(document.key)}", markup=False)
    if wait:
        ended = waiting.until_ended(endpoints.database, submitted, timeout)
    else:
        known = documents.named(endpoints.database, [document.document for document in submitted])
        ended = [known.get(document.document, document) for document in submitted]
    _tell(ended, {document.document: _text(endpoints, document) for document in ended}, wait=wait, as_json=as_json)
    if any(document.state != "completed" for document in ended if wait or document.ended):
        raise typer.Exit(1)


def _text(endpoints: Endpoints, document: Document) -> bytes | None:
    """The text, where there is one: a document may have been written in other formats only."""
    if document.state != "completed" or "text" not in documents.outputs(endpoints.database, document.document):
        return None
    return text.read(endpoints, document, OutputFormat.TEXT)


def _tell(ended: Sequence[Document], texts: Mapping[str, bytes | None], *, wait: bool, as_json: bool) -> None:
    if as_json:
        told = ((asdict(document), texts[document.document]) for document in ended)
        print_json([{**fields, "text": None if content is None else content.decode()} for fields, content in told])
    elif wait:
        for document in ended:
            _tell_one(document, texts[document.document], headed=len(ended) > 1)


def _tell_one(document: Document, content: bytes | None, *, headed: bool) -> None:
    if headed:
        out.rule(printable(document.key), align="left")
    if content is not None:
        text.show(content)
    if document.failed or document.state != "completed":
        # On stderr: a pipe behind stdout wants text only.
        notes.print(_shortfall(document), markup=False)


def _shortfall(document: Document) -> str:
    more = f"`pagebus status {document.document[:8]}` says more."
    if document.state != "completed":
        return f"{document.document} {document.state}: {document.reason or 'not ended in time'}. {more}"
    return f"{document.failed} of {document.pages} pages could not be read. {more}"

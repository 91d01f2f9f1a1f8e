"""`pagebus text`: what a document says."""

import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from events.document import OutputFormat
from local.cli import documents, explanations, stack
from local.cli import home as homes
from local.cli.completion import document_ids
from local.cli.documents import Document
from local.cli.errors import Failed, Impossible
from local.cli.screen import Json, notes, print_json, printable
from local.platform import buckets
from local.platform.endpoints import Endpoints

# Making one takes longer than fetching a text, and a folder of documents has many.
_client = cache(buckets.client)


def text(
    document: Annotated[
        str, typer.Argument(help="A document's id, or the beginning of one.", autocompletion=document_ids)
    ],
    *,
    wanted: Annotated[OutputFormat, typer.Option("--format", help="What to write.")] = OutputFormat.TEXT,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file, instead of the terminal.")] = None,
    as_json: Json = False,
) -> None:
    """Print a document's text."""
    if output is not None and not output.parent.is_dir():
        raise Impossible(f"-o {output}: there is no folder {output.parent}. Make it, or name a file elsewhere.")
    endpoints = stack.required(homes.find()).started.endpoints
    found = documents.find(endpoints.database, document)
    content = read(endpoints, completed(endpoints.database, found), wanted)
    if output is not None:
        output.write_bytes(content)
    if as_json:
        written = {"file": str(output)} if output else {"text": content.decode()}
        each = [asdict(page) for page in documents.pages(endpoints.database, found.document)]
        about = {"failed": found.failed, "unsure": found.unsure, "each_page": each}
        print_json({"document": found.document, "format": wanted, **about, **written})
    elif output is None:
        show(content)
    if not as_json and (lacks := shortfall(found)):
        notes.print(f"{lacks} `pagebus status {found.short}` says more.", markup=False)
    if not as_json and (empty := explanations.emptiness(endpoints.database, [found])):
        notes.print(empty[found.document], markup=False)


def shortfall(document: Document) -> str:
    """What its text lacks, for people; empty where it is as it was wanted."""
    of = f"of {document.pages} page{'' if document.pages == 1 else 's'}"
    failed = f"{document.failed} {of} could not be read." if document.failed else ""
    be = "is" if document.unsure == 1 else "are"
    unsure = f"{document.unsure} {of} {be} below the wanted confidence." if document.unsure else ""
    return " ".join(filter(None, (failed, unsure)))


def completed(database: str, document: Document) -> Document:
    """The document, if it has a text. Raises Failed, saying why not."""
    if document.completed:
        return document
    if document.ended:
        ended = f"{document.document} has no text: {document.state} ({document.reason or 'no reason given'})."
        why = explanations.explanations(database, [document]).get(document.document, "")
        raise Failed(" ".join(filter(None, (ended, printable(why), explanations.afresh(document)))))
    raise Failed(
        f"{document.document} is not ready: {document.state}, {document.recognized} of {document.pages or '?'} pages. "
        f"`pagebus status {document.short}` shows how it goes on."
    )


def read(endpoints: Endpoints, document: Document, wanted: OutputFormat) -> bytes:
    """One of the document's outputs. Raises Failed when it was not written or the store does not answer."""
    written = documents.outputs(endpoints.database, document.document)
    if wanted not in written:
        has = ", ".join(sorted(written)) or "nothing"
        raise Failed(f"{document.document} was not written as {wanted}, but as {has}. Choose with `--format`.")
    return fetch(endpoints, written[wanted])


def fetch(endpoints: Endpoints, dataref: str) -> bytes:
    """An output. Raises Failed when the store does not answer."""
    bucket, _, key = dataref.removeprefix("s3://").partition("/")
    try:
        return bytes(_client(endpoints).get_object(Bucket=bucket, Key=key)["Body"].read())
    except (BotoCoreError, ClientError) as error:
        raise Failed(f"The object store did not give {dataref}: {error}. Try again.") from error


def show(content: bytes) -> None:
    """To a file or pipe as it is; to a terminal without what could command it."""
    if sys.stdout.isatty():
        typer.echo(printable(content.decode().replace("\f", "\n")))
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

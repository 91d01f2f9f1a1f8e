"""`pagebus submit`: files into the bucket, and, with --wait, their texts out of it."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from events.document import OutputFormat
from local.cli import documents, put_spans, stack, text, upload, waiting
from local.cli import home as homes
from local.cli.documents import Document, Run
from local.cli.screen import Json, notes, out, print_json, printable
from local.cli.submission import Submission, submissions
from local.platform import Endpoints


def submit(  # noqa: PLR0913  # one argument per flag
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Documents, or folders of documents.")],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Show pages coming in, then the text.")] = False,
    languages: Annotated[str | None, typer.Option(help="Such as deu+eng.")] = None,
    engines: Annotated[str | None, typer.Option(help="The engines to try, in order, such as tesseract.")] = None,
    outputs: Annotated[str | None, typer.Option(help="What to write, such as text,markdown,json.")] = None,
    min_confidence: Annotated[float | None, typer.Option(help="From 0 to 1: below it, the next engine tries.")] = None,
    tenant: Annotated[str, typer.Option(help="The folder of the bucket that they go to.")] = "default",
    again: Annotated[bool, typer.Option("--again", help="Read afresh what was read before.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 600,
    as_json: Json = False,
) -> None:
    """Upload documents to the bucket to be read: files, and of folders every file that is not hidden."""
    planned = upload.plan(files, tenant)
    said = {"languages": languages, "engines": engines, "outputs": outputs, "min_confidence": min_confidence}
    metadata = upload.wishes(said)
    endpoints = stack.with_intake(homes.find()).started.endpoints
    begun = put_spans.told(submissions(endpoints, planned, tenant, metadata, again=again))
    submitted = list(begun) if as_json else [_said(one) for one in begun]
    following = [one.document for one in submitted]
    ended = _wait(endpoints.database, following, timeout) if wait else _as_known(endpoints.database, following)
    if as_json:
        print_json([_told(endpoints, one, document) for one, document in zip(submitted, ended, strict=True)])
    for document in ended if not as_json else ():
        if wait:
            _show(endpoints, document, headed=len(ended) > 1)
        _note_shortfall(document)
    if any(not document.completed for document in ended if wait or document.ended):
        raise typer.Exit(1)


def _said(one: Submission) -> Submission:
    """Itself, after telling of it."""
    name = printable(one.document.name)
    out.print(f"{one.document.document}  {printable(one.document.key)}", markup=False)
    if one.known and one.before is not None:
        began = f"was read before ({_end(one.before)})" if one.before.ended_at else "is being read already"
        notes.print(f"{name} {began}, with the options of then. --again reads it afresh.", markup=False)
    return one


def _end(run: Run) -> str:
    """How it ended, and when: of another day than today, the day too."""
    if run.ended_at is None:
        return run.state
    ended, now = run.ended_at.astimezone(), datetime.now(UTC).astimezone()
    return f"{run.state}, {ended:%H:%M}" if ended.date() == now.date() else f"{run.state}, {ended:%Y-%m-%d %H:%M}"


def _wait(database: str, following: list[Document], timeout: float) -> list[Document]:
    try:
        return waiting.until_ended(database, following, timeout)
    except KeyboardInterrupt:
        look = f"pagebus status {following[0].short}" if len(following) == 1 else "pagebus status"
        notes.print(f"No longer waiting; reading goes on. `{look}` shows how far it is.", markup=False)
        raise


def _as_known(database: str, submitted: list[Document]) -> list[Document]:
    """The same bytes under the same key may have been read before."""
    known = documents.named(database, [document.document for document in submitted])
    return [known.get(document.document, document) for document in submitted]


def _text(endpoints: Endpoints, document: Document) -> bytes | None:
    """The text, where there is one: a document may have been written in other formats only."""
    if not document.completed or "text" not in documents.outputs(endpoints.database, document.document):
        return None
    return text.read(endpoints, document, OutputFormat.TEXT)


def _told(endpoints: Endpoints, one: Submission, document: Document) -> dict[str, object]:
    content = _text(endpoints, document)
    said = None if content is None else content.decode()
    return {**asdict(document), "text": said, "known": one.known, "again": one.again}


def _show(endpoints: Endpoints, document: Document, *, headed: bool) -> None:
    if headed:
        out.print(f"==> {printable(document.key)} <==", style="bold", markup=False)
    if (content := _text(endpoints, document)) is not None:
        text.show(content)
    elif document.completed:
        written = sorted(documents.outputs(endpoints.database, document.document))
        prints = f"`pagebus text {document.short} --format {written[0]}` prints it." if written else ""
        notes.print(f"{printable(document.name)} was written as {', '.join(written)}. {prints}", markup=False)
    if not document.ended:
        notes.print(f"{_named(document)} has not ended in time. {_more(document)}", markup=False)


def _note_shortfall(document: Document) -> None:
    """On stderr: a pipe behind stdout wants text only."""
    if document.ended and not document.completed:
        reason = document.reason or "no reason given"
        notes.print(f"{_named(document)} {document.state}: {reason}. {_more(document)}", markup=False)
    elif document.ended and document.failed:
        missing = f"{document.failed} of {document.pages} pages could not be read."
        notes.print(f"{_named(document)}: {missing} {_more(document)}", markup=False)


def _named(document: Document) -> str:
    return f"{document.short} {printable(document.name)}"


def _more(document: Document) -> str:
    return f"`pagebus status {document.short}` says more."

"""`pagebus submit`: files into the bucket, and, with --wait, their texts out of it."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from events.document import OutputFormat
from events.metadata import from_metadata
from events.states import DocumentState
from functions.documents.sniff import TYPES
from local.cli import documents, explanations, named_engines, put_spans, stack, text, upload, uploading, waiting
from local.cli import home as homes
from local.cli.documents import Document, Run
from local.cli.errors import CommandError
from local.cli.screen import Json, clock, notes, out, print_json, printable, some
from local.cli.stack import Stack
from local.cli.submission import Submission, Wishes, submissions
from local.cli.upload import Upload
from local.platform.endpoints import Endpoints
from local.telemetry import TELEMETRY

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Documents; of a folder, all below it that are not hidden."),
]
_BEFORE = {
    DocumentState.REJECTED: "was rejected before",
    DocumentState.FAILED: "failed before",
    DocumentState.CANCELLED: "was cancelled before",
    DocumentState.ERASED: "was erased before",
}


def submit(  # noqa: PLR0913  # one argument per flag
    files: Files,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Show pages coming in, then the text.")] = False,
    languages: Annotated[str | None, typer.Option(help="Such as deu+eng.")] = None,
    engines: Annotated[str | None, typer.Option(help="The engines to try, in order, such as tesseract.")] = None,
    outputs: Annotated[str | None, typer.Option(help="What to write, such as text,markdown,json.")] = None,
    min_confidence: Annotated[float | None, typer.Option(help="From 0 to 1: below it, the next engine tries.")] = None,
    consensus: Annotated[bool | None, typer.Option(help="Two engines read, and vote on every word.")] = None,
    tenant: Annotated[str, typer.Option(help="The folder of the bucket that they go to.")] = "default",
    again: Annotated[bool, typer.Option("--again", help="Read afresh what was read before.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 600,
    as_json: Json = False,
) -> None:
    """Upload documents to be read, and wait for their texts."""
    planned = upload.plan(files, tenant)
    said = {"languages": languages, "engines": engines, "outputs": outputs}
    metadata = upload.wishes({**said, "min_confidence": min_confidence, "consensus": consensus})
    wishes = Wishes(tenant, metadata, again)
    up = stack.with_intake(homes.find())
    _name_left_out(planned.left_out)
    submitted = _submit(up, planned.uploads, wishes, quiet=as_json)
    endpoints, following = up.started.endpoints, [one.document for one in submitted]
    ended = _wait(endpoints.database, following, timeout) if wait else _as_known(endpoints.database, following)
    if as_json:
        _print_json(endpoints, submitted, ended, wishes)
    else:
        _print(endpoints, ended, texts=wait)
    if any(not document.completed for document in ended if wait or document.ended):
        raise typer.Exit(1)


def _name_left_out(files: Sequence[Path]) -> None:
    if files:
        count = "1 file is" if len(files) == 1 else f"{len(files)} files are"
        named = some([file.name for file in files])
        notes.print(f"{count} left out, being no {TYPES}: {named}.", markup=False)


def _submit(up: Stack, planned: Sequence[Upload], wishes: Wishes, *, quiet: bool) -> list[Submission]:
    named_engines.check(up, wishes.metadata)
    submitted = _uploaded(up.started.endpoints, planned, wishes, quiet=quiet)
    put_spans.tell(up.twin.urls.get(TELEMETRY), submitted)
    return submitted


def _uploaded(endpoints: Endpoints, planned: Sequence[Upload], wishes: Wishes, *, quiet: bool) -> list[Submission]:
    with uploading.counted(planned) as tally, closing(submissions(endpoints, planned, wishes, tally)) as begun:
        try:
            return list(begun) if quiet else [_said(one) for one in begun]
        except (CommandError, KeyboardInterrupt):
            begun.close()  # what is in flight ends one way or the other before it is counted
            notes.print(
                f"{tally.files} of {len(planned)} files are uploaded. Submitting all of them again does no harm."
            )
            raise


def _said(one: Submission) -> Submission:
    """Itself, after telling of it."""
    name = printable(one.document.name)
    out.print(f"{one.document.document}  {printable(one.document.key)}", markup=False)
    if one.known and one.before is not None:
        afresh = "`pagebus submit --again` has it read afresh, with these."
        notes.print(f"{name} {_became(one.before)}, with the options of then. {afresh}", markup=False)
    return one


def _became(run: Run) -> str:
    """How it ended, and when."""
    if run.ended_at is None:
        return "is being read already"
    return f"{_BEFORE.get(DocumentState(run.state), 'was read before')} ({clock(run.ended_at)})"


def _wait(database: str, following: list[Document], timeout: float) -> list[Document]:
    try:
        return waiting.until_ended(database, following, timeout, _check_up)
    except KeyboardInterrupt:
        look = f"pagebus status {following[0].short}" if len(following) == 1 else "pagebus status"
        notes.print(f"No longer waiting; reading goes on. `{look}` shows how far it is.", markup=False)
        raise


def _check_up() -> None:
    """Raise Failed when all was brought down meanwhile."""
    if homes.recall(home := homes.find()) is None:
        stack.required(home)


def _as_known(database: str, submitted: list[Document]) -> list[Document]:
    """The same bytes under the same key may have been read before."""
    known = documents.named(database, [document.document for document in submitted])
    return [known.get(document.document, document) for document in submitted]


def _print_json(
    endpoints: Endpoints, submitted: Sequence[Submission], ended: Sequence[Document], wishes: Wishes
) -> None:
    written, why = _written(endpoints, ended), explanations.explanations(endpoints.database, ended)
    pages = documents.pages_of(endpoints.database, [document.document for document in ended])
    then = documents.wishes_of(endpoints.database, [one.document.document for one in submitted if one.known])
    options = from_metadata(wishes.metadata)
    now = {name: getattr(options, name) for name in documents.WISHES}
    told = []
    for one, document in zip(submitted, ended, strict=True):
        content = _text(endpoints, document, written.get(document.document, {}))
        said = None if content is None else content.decode()
        each = [asdict(page) for page in pages[document.document]]
        about = {"message": why.get(document.document), "text": said, "each_page": each}
        wished = {"then": then.get(document.document), "now": now}
        told.append({**asdict(document), **about, "known": one.known, "again": one.again, "wishes": wished})
    print_json(told)


def _print(endpoints: Endpoints, ended: Sequence[Document], *, texts: bool) -> None:
    written = _written(endpoints, ended) if texts else {}
    why = explanations.explanations(endpoints.database, ended)
    empty = explanations.emptiness(endpoints.database, ended) if texts else {}
    for document in ended:
        if texts:
            _show(endpoints, document, written.get(document.document, {}), headed=len(ended) > 1)
        _note_shortfall(document, why.get(document.document, ""))
        if document.document in empty:
            notes.print(f"{_named(document)}: {empty[document.document]}", markup=False)


def _written(endpoints: Endpoints, ended: Sequence[Document]) -> dict[str, dict[str, str]]:
    """Where the outputs of those that have some are, by document and format."""
    return documents.outputs_of(endpoints.database, [one.document for one in ended if one.completed])


def _text(endpoints: Endpoints, document: Document, written: Mapping[str, str]) -> bytes | None:
    """The text, where there is one: a document may have been written in other formats only."""
    if not document.completed or OutputFormat.TEXT not in written:
        return None
    return text.fetch(endpoints, written[OutputFormat.TEXT])


def _show(endpoints: Endpoints, document: Document, written: Mapping[str, str], *, headed: bool) -> None:
    if headed:
        out.print(f"==> {printable(document.key)} <==", style="bold", markup=False)
    if (content := _text(endpoints, document, written)) is not None:
        text.show(content)
    elif document.completed:
        formats = sorted(written)
        prints = f"`pagebus text {document.short} --format {formats[0]}` prints it." if formats else ""
        notes.print(f"{printable(document.name)} was written as {', '.join(formats)}. {prints}", markup=False)
    if not document.ended:
        notes.print(f"{_named(document)} has not ended in time. {_more(document)}", markup=False)


def _note_shortfall(document: Document, why: str) -> None:
    """On stderr: a pipe behind stdout wants text only."""
    if document.ended and not document.completed:
        ended = f"{_named(document)} {document.state}: {document.reason or 'no reason given'}."
        told = (ended, printable(why), explanations.afresh(document), _more(document))
        notes.print(" ".join(filter(None, told)), markup=False)
    elif document.ended and (lacks := text.shortfall(document)):
        notes.print(f"{_named(document)}: {lacks} {_more(document)}", markup=False)


def _named(document: Document) -> str:
    return f"{document.short} {printable(document.name)}"


def _more(document: Document) -> str:
    return f"`pagebus status {document.short}` says more."

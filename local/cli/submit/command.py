"""`pagebus submit`: upload files and, with --wait, print their texts."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from events.document import OutputFormat
from events.metadata import from_metadata
from events.states import DocumentState
from functions.documents.media_types import SUPPORTED_TYPES
from local.cli.queries import documents, explanations, outputs, pages
from local.cli.queries.documents import Document, DocumentRun
from local.cli.shell.errors import CommandError
from local.cli.shell.screen import (
    JsonOption,
    format_time,
    make_printable,
    notes,
    out,
    print_content,
    print_json,
    summarize_names,
)
from local.cli.stack import stack
from local.cli.stack.stack import Stack
from local.cli.uploads import options, plan, submission, transfer, waiting
from local.cli.uploads.plan import Upload
from local.cli.uploads.submission import Submission, SubmissionOptions
from local.platform.endpoints import Endpoints

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Files, or folders: all documents in them that are not hidden."),
]
Engines = Annotated[
    str | None,
    typer.Option(help="Engines to try, in this order, such as tesseract,rapidocr. [the router's choice]"),
]
Outputs = Annotated[str | None, typer.Option(help="Outputs to write, such as text,markdown,json. [intake's default]")]
MinConfidence = Annotated[
    float | None, typer.Option(help="From 0 to 1: below it, the next engine reads the page. [intake's default]")
]
_PAST_RESULTS = {
    DocumentState.REJECTED: "was rejected before",
    DocumentState.FAILED: "failed before",
    DocumentState.CANCELLED: "was cancelled before",
    DocumentState.ERASED: "was erased before",
}


def run_submit(  # noqa: PLR0913  # Typer needs one argument per option
    files: Files,
    *,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the documents: show their progress, then print the texts.")
    ] = False,
    languages: Annotated[str | None, typer.Option(help="Languages, such as deu+eng. [intake's default]")] = None,
    engines: Engines = None,
    outputs: Outputs = None,
    min_confidence: MinConfidence = None,
    consensus: Annotated[
        bool | None, typer.Option(help="Two engines read each page and vote on each word. [intake's default]")
    ] = None,
    tenant: Annotated[str, typer.Option(help="The tenant: the folder of the bucket for the files.")] = "default",
    again: Annotated[
        bool, typer.Option("--again", help="Read files again that were submitted before, with these options.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=0, help="With --wait: wait at most this many seconds.")] = 600,
    as_json: JsonOption = False,
) -> None:
    """Upload documents and, with --wait, print their texts."""
    upload_plan = plan.plan_uploads(files, tenant)
    values = {"languages": languages, "engines": engines, "outputs": outputs}
    metadata = options.build_metadata({**values, "min_confidence": min_confidence, "consensus": consensus})
    submission_options = SubmissionOptions(tenant, metadata, again)
    up = stack.require_stack_with_intake()
    _print_skipped(upload_plan.skipped)
    submissions = _submit(up, upload_plan.uploads, submission_options, quiet=as_json)
    endpoints, submitted = up.endpoints, [one.document for one in submissions]
    database = endpoints.database
    current = _wait(database, submitted, timeout) if wait else _load_known(database, submitted)
    if as_json:
        _print_json(endpoints, submissions, current, submission_options)
    else:
        _print(endpoints, current, with_texts=wait)
    if any(not document.is_completed for document in current if wait or document.has_ended):
        raise typer.Exit(1)


def _print_skipped(files: Sequence[Path]) -> None:
    if files:
        subject = "1 file is skipped because it is" if len(files) == 1 else f"{len(files)} files are skipped, being"
        notes.print(f"{subject} no {SUPPORTED_TYPES}: {summarize_names([file.name for file in files])}.", markup=False)


def _submit(up: Stack, uploads: Sequence[Upload], wanted: SubmissionOptions, *, quiet: bool) -> list[Submission]:
    """Upload the files and, unless `quiet`, print each submission. After an interruption, print how many are done."""
    options.check_engines(up, wanted.metadata)
    with (
        transfer.show_progress(uploads) as progress,
        closing(submission.submit_files(up.endpoints, uploads, wanted, progress)) as submissions,
    ):
        try:
            submitted = list(submissions) if quiet else [_print_submission(one) for one in submissions]
        except (CommandError, KeyboardInterrupt):
            submissions.close()  # running uploads end, so that the number is final
            notes.print(
                f"{progress.files} of {len(uploads)} files are uploaded. Submit all of them again; that does no harm."
            )
            raise
    submission.send_spans(up, submitted)
    return submitted


def _print_submission(submitted: Submission) -> Submission:
    """Print a submission, and return it."""
    document = submitted.document
    name = make_printable(document.name)
    out.print(f"{document.document}  {make_printable(document.key)}", markup=False)
    if submitted.is_known and submitted.last_run is not None:
        result = _describe_past_result(submitted.last_run)
        advice = "`pagebus submit --again` reads it again, with the new options."
        notes.print(f"{name} {result}, with the options of that time. {advice}", markup=False)
    return submitted


def _describe_past_result(run: DocumentRun) -> str:
    if run.ended_at is None:
        return "is being read already"
    return f"{_PAST_RESULTS.get(DocumentState(run.state), 'was read before')} ({format_time(run.ended_at)})"


def _wait(database: str, submitted: list[Document], timeout: float) -> list[Document]:
    try:
        return waiting.wait_until_ended(database, submitted, timeout, stack.check_not_brought_down)
    except KeyboardInterrupt:
        command = f"pagebus status {submitted[0].short_id}" if len(submitted) == 1 else "pagebus status"
        notes.print(f"No longer waiting; the files are still being read. `{command}` shows the progress.", markup=False)
        raise


def _load_known(database: str, submitted: list[Document]) -> list[Document]:
    """Return the documents, with their current states if they were submitted before."""
    known = documents.find_by_ids(database, [document.document for document in submitted])
    return [known.get(document.document, document) for document in submitted]


def _print_json(
    endpoints: Endpoints, submissions: Sequence[Submission], current: Sequence[Document], wanted: SubmissionOptions
) -> None:
    database = endpoints.database
    locations, failures = _load_locations(endpoints, current), explanations.explain_failures(database, current)
    each_page = pages.load_pages_by_document(database, [document.document for document in current])
    known = [one.document.document for one in submissions if one.is_known]
    past_options = documents.load_options(database, known)
    parsed = from_metadata(wanted.metadata)
    new_options = {name: getattr(parsed, name) for name in documents.OPTION_COLUMNS}
    result = []
    for submitted, document in zip(submissions, current, strict=True):
        content = _fetch_text(endpoints, document, locations.get(document.document, {}))
        result.append(
            {
                **asdict(document),
                "message": failures.get(document.document),
                "text": None if content is None else content.decode(),
                "each_page": [asdict(page) for page in each_page[document.document]],
                "known": submitted.is_known,
                "again": submitted.again,
                "options": {"then": past_options.get(document.document), "now": new_options},
            }
        )
    print_json(result)


def _print(endpoints: Endpoints, current: Sequence[Document], *, with_texts: bool) -> None:
    locations = _load_locations(endpoints, current) if with_texts else {}
    failures = explanations.explain_failures(endpoints.database, current)
    empty_pages = explanations.describe_empty_pages(endpoints.database, current) if with_texts else {}
    for document in current:
        if with_texts:
            with_heading = len(current) > 1
            _print_text(endpoints, document, locations.get(document.document, {}), with_heading=with_heading)
        _print_shortfall(document, failures.get(document.document, ""))
        if document.document in empty_pages:
            notes.print(f"{_name(document)}: {empty_pages[document.document]}", markup=False)


def _load_locations(endpoints: Endpoints, current: Sequence[Document]) -> dict[str, dict[str, str]]:
    """Return the URLs of the outputs of completed documents, by document id and format."""
    ids = [document.document for document in current if document.is_completed]
    return outputs.load_locations_by_document(endpoints.database, ids)


def _fetch_text(endpoints: Endpoints, document: Document, locations: Mapping[str, str]) -> bytes | None:
    """Return the text of a document, or None if it has none or was written in other formats only."""
    if not document.is_completed or OutputFormat.TEXT not in locations:
        return None
    return outputs.fetch_output(endpoints, locations[OutputFormat.TEXT])


def _print_text(endpoints: Endpoints, document: Document, locations: Mapping[str, str], *, with_heading: bool) -> None:
    if with_heading:
        out.print(f"==> {make_printable(document.key)} <==", style="bold", markup=False)
    if (content := _fetch_text(endpoints, document, locations)) is not None:
        print_content(content)
    elif document.is_completed:
        formats = sorted(locations)
        advice = f"`pagebus text {document.short_id} --format {formats[0]}` prints it." if formats else ""
        notes.print(f"{make_printable(document.name)} was written as {', '.join(formats)}. {advice}", markup=False)
    if not document.has_ended:
        notes.print(f"{_name(document)} has not ended within the timeout. {_refer_to_status(document)}", markup=False)


def _print_shortfall(document: Document, failure: str) -> None:
    """Print to stderr what a document lacks: stdout has texts only, and may be a pipe."""
    if document.has_ended and not document.is_completed:
        ended = f"{_name(document)} {document.state}: {document.reason or 'no reason given'}."
        advice = explanations.suggest_resubmission(document)
        parts = (ended, make_printable(failure), advice, _refer_to_status(document))
        notes.print(" ".join(filter(None, parts)), markup=False)
    elif document.has_ended and (shortfall := explanations.describe_shortfall(document)):
        notes.print(f"{_name(document)}: {shortfall} {_refer_to_status(document)}", markup=False)


def _name(document: Document) -> str:
    return f"{document.short_id} {make_printable(document.name)}"


def _refer_to_status(document: Document) -> str:
    return f"`pagebus status {document.short_id}` has the details."

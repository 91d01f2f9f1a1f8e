"""The command `pagebus submit`: upload files and, with --wait, print their texts."""

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

FilesArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", help="Files to upload, or folders: every document in them is uploaded, except hidden files."
    ),
]
EnginesOption = Annotated[
    str | None,
    typer.Option(help="Engines to try, in this order. [default: tesseract,rapidocr*]"),
]
OutputsOption = Annotated[str | None, typer.Option(help="Output formats to write. [default: text,markdown,json*]")]
MinConfidenceOption = Annotated[
    float | None,
    typer.Option(help="From 0 to 1. If a page has a lower confidence, the next engine reads it. [default: 0.93*]"),
]
WaitOption = Annotated[
    bool, typer.Option("--wait", help="Show the progress until the documents end, then print their texts.")
]
AgainOption = Annotated[
    bool,
    typer.Option("--again", help="Also read files that were submitted before. The options of this command then apply."),
]
_PAST_RESULTS = {
    DocumentState.REJECTED: "was rejected before",
    DocumentState.FAILED: "failed before",
    DocumentState.CANCELLED: "was cancelled before",
    DocumentState.ERASED: "was erased before",
}


def run_submit(  # noqa: PLR0913  # Typer needs one argument per option
    files: FilesArgument,
    *,
    wait: WaitOption = False,
    languages: Annotated[str | None, typer.Option(help="Codes of languages, such as deu+eng. [default: deu*]")] = None,
    engines: EnginesOption = None,
    outputs: OutputsOption = None,
    min_confidence: MinConfidenceOption = None,
    consensus: Annotated[
        bool | None,
        typer.Option(help="Let two engines read each page and vote on each word. [default: --no-consensus*]"),
    ] = None,
    tenant: Annotated[str, typer.Option(help="The tenant that owns the documents.")] = "default",
    again: AgainOption = False,
    timeout: Annotated[float, typer.Option(min=0, help="With --wait: wait at most this many seconds.")] = 600,
    as_json: JsonOption = False,
) -> None:
    """Upload documents and, with --wait, print their texts.

    The function intake sets the defaults that are marked with *. The manifests can change them.
    """
    upload_plan = plan.plan_uploads(files, tenant)
    values = {"languages": languages, "engines": engines, "outputs": outputs}
    metadata = options.build_metadata({**values, "min_confidence": min_confidence, "consensus": consensus})
    upload_options = SubmissionOptions(tenant, metadata, again)
    running_stack = stack.require_stack_with_intake()
    _print_skipped(upload_plan.skipped)
    submissions = _submit(running_stack, upload_plan.uploads, upload_options, is_quiet=as_json)
    endpoints = running_stack.endpoints
    database, submitted_documents = endpoints.database, [submitted_file.document for submitted_file in submissions]
    current_documents = (
        _wait(database, submitted_documents, timeout) if wait else _load_current_states(database, submitted_documents)
    )
    if as_json:
        _print_json(endpoints, submissions, current_documents, upload_options)
    else:
        _print_documents(endpoints, current_documents, should_print_texts=wait)
    if any(not document.is_completed for document in current_documents if wait or document.has_ended):
        raise typer.Exit(1)


def _print_skipped(files: Sequence[Path]) -> None:
    if files:
        is_single = len(files) == 1
        reason = (
            "1 file is skipped, because it is" if is_single else f"{len(files)} files are skipped, because they are"
        )
        names = summarize_names([file.name for file in files])
        notes.print(f"{reason} not a {SUPPORTED_TYPES}: {names}.", markup=False)


def _submit(
    running_stack: Stack, uploads: Sequence[Upload], upload_options: SubmissionOptions, *, is_quiet: bool
) -> list[Submission]:
    """Upload the files, and print each submission unless `is_quiet` is True.

    After an error or Ctrl-C, print the number of uploaded files before the exception is raised again.
    """
    options.check_engines(running_stack, upload_options.metadata)
    with (
        transfer.show_progress(uploads) as progress,
        closing(submission.submit_files(running_stack.endpoints, uploads, upload_options, progress)) as submissions,
    ):
        try:
            submitted_files = list(submissions) if is_quiet else list(map(_print_submission, submissions))
        except (CommandError, KeyboardInterrupt):
            submissions.close()  # end the uploads in progress, because they change the number of uploaded files
            notes.print(
                f"{progress.files} of {len(uploads)} files are uploaded. Submit all of them again; that does no harm."
            )
            raise
    submission.send_spans(running_stack, submitted_files)
    return submitted_files


def _print_submission(submitted_file: Submission) -> Submission:
    """Print the id and the object key of a submitted document, and return the submission.

    If the file was submitted before, print the earlier result and advice as well.
    """
    document = submitted_file.document
    name = make_printable(document.name)
    out.print(f"{document.document}  {make_printable(document.key)}", markup=False)
    if submitted_file.is_known and submitted_file.last_run is not None:
        result = _describe_past_result(submitted_file.last_run)
        advice = "`pagebus submit --again` reads it again, with the new options."
        notes.print(f"{name} {result}, with the options of that time. {advice}", markup=False)
    return submitted_file


def _describe_past_result(run: DocumentRun) -> str:
    if run.ended_at is None:
        return "is being read already"
    return f"{_PAST_RESULTS.get(DocumentState(run.state), 'was read before')} ({format_time(run.ended_at)})"


def _wait(database: str, submitted_documents: list[Document], timeout: float) -> list[Document]:
    try:
        return waiting.wait_until_ended(database, submitted_documents, timeout, stack.check_not_brought_down)
    except KeyboardInterrupt:
        command = (
            f"pagebus status {submitted_documents[0].short_id}" if len(submitted_documents) == 1 else "pagebus status"
        )
        notes.print(f"No longer waiting; the files are still being read. `{command}` shows the progress.", markup=False)
        raise


def _load_current_states(database: str, submitted_documents: list[Document]) -> list[Document]:
    """Return the documents with their current states. Documents that PostgreSQL does not have yet stay unchanged."""
    documents_by_id = documents.find_by_ids(database, [document.document for document in submitted_documents])
    return [documents_by_id.get(document.document, document) for document in submitted_documents]


def _print_json(
    endpoints: Endpoints,
    submissions: Sequence[Submission],
    current_documents: Sequence[Document],
    upload_options: SubmissionOptions,
) -> None:
    database = endpoints.database
    locations = _load_locations(endpoints, current_documents)
    failures = explanations.explain_failures(database, current_documents)
    pages_by_document = pages.load_pages_by_document(database, [document.document for document in current_documents])
    known_ids = [submitted_file.document.document for submitted_file in submissions if submitted_file.is_known]
    past_options = documents.load_options(database, known_ids)
    parsed_options = from_metadata(upload_options.metadata)
    new_options = {name: getattr(parsed_options, name) for name in documents.OPTION_COLUMNS}
    results = []
    for submitted_file, document in zip(submissions, current_documents, strict=True):
        content = _fetch_text(endpoints, document, locations.get(document.document, {}))
        results.append(
            {
                **asdict(document),
                "message": failures.get(document.document),
                "text": None if content is None else content.decode(),
                "each_page": [asdict(page) for page in pages_by_document[document.document]],
                "known": submitted_file.is_known,
                "again": submitted_file.again,
                "options": {"then": past_options.get(document.document), "now": new_options},
            }
        )
    print_json(results)


def _print_documents(endpoints: Endpoints, current_documents: Sequence[Document], *, should_print_texts: bool) -> None:
    locations = _load_locations(endpoints, current_documents) if should_print_texts else {}
    failures = explanations.explain_failures(endpoints.database, current_documents)
    empty_pages = explanations.describe_empty_pages(endpoints.database, current_documents) if should_print_texts else {}
    for document in current_documents:
        if should_print_texts:
            should_print_heading = len(current_documents) > 1
            _print_text(
                endpoints, document, locations.get(document.document, {}), should_print_heading=should_print_heading
            )
        _print_shortfall(document, failures.get(document.document, ""))
        if document.document in empty_pages:
            notes.print(f"{_format_name(document)}: {empty_pages[document.document]}", markup=False)


def _load_locations(endpoints: Endpoints, current_documents: Sequence[Document]) -> dict[str, dict[str, str]]:
    """Return the URLs of the outputs of completed documents, by document id and format."""
    ids = [document.document for document in current_documents if document.is_completed]
    return outputs.load_locations_by_document(endpoints.database, ids)


def _fetch_text(endpoints: Endpoints, document: Document, locations: Mapping[str, str]) -> bytes | None:
    """Return the text of a document in UTF-8, or None if the document has no output in the text format."""
    if not document.is_completed or OutputFormat.TEXT not in locations:
        return None
    return outputs.fetch_output(endpoints, locations[OutputFormat.TEXT])


def _print_text(
    endpoints: Endpoints, document: Document, locations: Mapping[str, str], *, should_print_heading: bool
) -> None:
    if should_print_heading:
        out.print(f"==> {make_printable(document.key)} <==", style="bold", markup=False)
    if (content := _fetch_text(endpoints, document, locations)) is not None:
        print_content(content)
    elif document.is_completed:
        formats = sorted(locations)
        advice = f"`pagebus text {document.short_id} --format {formats[0]}` prints it." if formats else ""
        notes.print(f"{make_printable(document.name)} was written as {', '.join(formats)}. {advice}", markup=False)
    if not document.has_ended:
        notes.print(
            f"{_format_name(document)} has not ended within the timeout. {_format_status_hint(document)}", markup=False
        )


def _print_shortfall(document: Document, failure: str) -> None:
    """Print on stderr why a document has no text, or how many of its pages failed or have a low confidence.

    Stdout is for texts only, because it may be a pipe to another program.
    """
    if document.has_ended and not document.is_completed:
        outcome = f"{_format_name(document)} {document.state}: {document.reason or 'no reason given'}."
        advice = explanations.suggest_resubmission(document)
        sentences = (outcome, make_printable(failure), advice, _format_status_hint(document))
        notes.print(" ".join(filter(None, sentences)), markup=False)
    elif document.has_ended and (shortfall := explanations.describe_shortfall(document)):
        notes.print(f"{_format_name(document)}: {shortfall} {_format_status_hint(document)}", markup=False)


def _format_name(document: Document) -> str:
    return f"{document.short_id} {make_printable(document.name)}"


def _format_status_hint(document: Document) -> str:
    return f"`pagebus status {document.short_id}` has the details."

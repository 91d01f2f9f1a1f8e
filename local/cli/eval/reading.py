"""Run of an evaluation: upload the files, wait for their documents, and load the resulting texts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from events.document import OutputFormat
from events.metadata import get_entry_name, split_list
from local.cli.queries import explanations, outputs
from local.cli.queries.documents import Document
from local.cli.queries.pages import load_pages_for_evaluation
from local.cli.shell.errors import UsageError
from local.cli.shell.screen import notes
from local.cli.stack import stack
from local.cli.stack.stack import Stack
from local.cli.uploads import plan, submission, transfer, waiting
from local.cli.uploads.options import build_metadata
from local.cli.uploads.plan import Upload
from local.cli.uploads.submission import Submission, SubmissionOptions
from local.evaluation.runs import ROUTED
from local.evaluation.scores import FileReading
from local.evaluation.truth import MANIFEST, DocumentWithTruth
from local.platform.endpoints import Endpoints


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """The options of a run. None stands for the default of intake.

    `engines` is a list such as `tesseract,rapidocr`, and `languages` a list such as `deu+eng`. If `again` is True,
    files that were submitted before are read again. `timeout` is the limit for all files together, in seconds.
    """

    engines: str | None
    languages: str | None
    tenant: str
    again: bool
    timeout: float
    consensus: bool | None = None

    @property
    def name(self) -> str:
        """The route and the consensus option as one name.

        Object keys contain this name, so that another route or consensus option creates other documents.
        """
        route = "-then-".join(split_list("engines", self.engines)) if self.engines else ROUTED
        return route if self.consensus is None else f"{route}-{'consensus' if self.consensus else 'no-consensus'}"

    @property
    def outputs(self) -> str:
        """The formats of the outputs, separated by commas.

        With consensus they include JSON, because only JSON has the words on which two engines disagree.
        """
        return ",".join([OutputFormat.TEXT, OutputFormat.JSON] if self.consensus else [OutputFormat.TEXT])


def plan_uploads(pairs: Sequence[DocumentWithTruth], options: ReadingOptions) -> list[tuple[Upload, SubmissionOptions]]:
    """Return the upload and its options for each document. Raise UsageError if an option or a file is invalid."""
    uploads = {
        upload.file: upload for upload in plan.plan_uploads([pair.file for pair in pairs], options.tenant).uploads
    }
    return [_plan_upload(uploads[pair.file], pair, options) for pair in pairs]


def _plan_upload(upload: Upload, pair: DocumentWithTruth, options: ReadingOptions) -> tuple[Upload, SubmissionOptions]:
    """Return the upload with an object key for this route and these languages, and its submission options."""
    try:
        metadata = build_metadata(
            {
                "engines": options.engines,
                "outputs": options.outputs,
                "languages": options.languages or pair.languages,
                "consensus": options.consensus,
            }
        )
    except UsageError as error:
        is_from_manifest = pair.languages and not options.languages
        origin = f"{MANIFEST}, {pair.name}: " if is_from_manifest else ""
        raise UsageError(f"{origin}{error}") from error
    # The object key contains the route and the languages, because a change of either must create another document.
    languages = metadata.get(get_entry_name("languages"), "").split("+")
    folder = "-".join([options.name, *languages]).rstrip("-")
    key = f"in/{options.tenant}/{folder}/{pair.name}"
    return replace(upload, key=key), SubmissionOptions(options.tenant, metadata, options.again)


def read_documents(
    running_stack: Stack, pairs: Sequence[DocumentWithTruth], options: ReadingOptions
) -> list[FileReading]:
    """Upload all files, wait for their documents, and return their readings in the order of `pairs`.

    Raise UsageError if an option or a file is invalid. Raise CommandFailedError if an upload fails, or if a part of
    the stack stops.
    """
    submissions = _submit(running_stack, plan_uploads(pairs, options))
    known_count = sum(submitted_file.is_known for submitted_file in submissions)
    if known_count:
        notes.print(f"{known_count} of {len(submissions)} files were submitted before. Add --again to read them again.")
    submitted_documents = [submitted_file.document for submitted_file in submissions]
    ended_documents = waiting.wait_until_ended(
        running_stack.endpoints.database, submitted_documents, options.timeout, stack.require_stack
    )
    return _load_readings(running_stack.endpoints, pairs, ended_documents)


def _submit(running_stack: Stack, planned_uploads: Sequence[tuple[Upload, SubmissionOptions]]) -> list[Submission]:
    """Submit the files, and return the submissions in the order of `planned_uploads`.

    One call of `submit_files` has one set of metadata, so files are grouped by their metadata.
    """
    by_metadata: defaultdict[tuple[tuple[str, str], ...], list[tuple[Upload, SubmissionOptions]]] = defaultdict(list)
    for upload, options in planned_uploads:
        by_metadata[tuple(options.metadata.items())].append((upload, options))
    by_key: dict[str, Submission] = {}
    with transfer.show_progress([upload for upload, _ in planned_uploads]) as progress:
        for group in by_metadata.values():
            _, options = group[0]
            uploads = [upload for upload, _ in group]
            with closing(submission.submit_files(running_stack.endpoints, uploads, options, progress)) as submissions:
                by_key |= {submitted_file.document.key: submitted_file for submitted_file in submissions}
    submissions_in_order = [by_key[upload.key] for upload, _ in planned_uploads]
    submission.send_spans(running_stack, submissions_in_order)
    return submissions_in_order


def _load_readings(
    endpoints: Endpoints, pairs: Sequence[DocumentWithTruth], documents: Sequence[Document]
) -> list[FileReading]:
    database = endpoints.database
    pages = load_pages_for_evaluation(database, [document.document for document in documents])
    completed = [document.document for document in documents if document.is_completed]
    locations = outputs.load_locations_by_document(database, completed)
    failures = explanations.explain_failures(database, documents)
    return [
        FileReading(
            file=pair.name,
            document=document.document,
            state=document.state,
            is_completed=document.is_completed,
            reason=document.reason,
            message=failures.get(document.document),
            text=_fetch_text(endpoints, locations.get(document.document, {})),
            pages=tuple(pages[document.document]),
        )
        for pair, document in zip(pairs, documents, strict=True)
    ]


def _fetch_text(endpoints: Endpoints, locations: Mapping[str, str]) -> str:
    """Return the text of a document, or an empty string if it has none."""
    if OutputFormat.TEXT not in locations:
        return ""
    return outputs.fetch_output(endpoints, locations[OutputFormat.TEXT]).decode()

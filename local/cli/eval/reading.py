"""Reading of an evaluation folder by one route: upload its files, wait, and load what was read."""

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
    """The options for reading a folder.

    The router chooses the engines if `engines` is None, and intake decides if `consensus` is None. `timeout` is in
    seconds, for all files together.
    """

    engines: str | None
    languages: str | None
    tenant: str
    again: bool
    timeout: float
    consensus: bool | None = None

    @property
    def name(self) -> str:
        """The name of the route, which is part of the object keys: each route has documents of its own."""
        route = "-then-".join(split_list("engines", self.engines)) if self.engines else ROUTED
        return route if self.consensus is None else f"{route}-{'consensus' if self.consensus else 'no-consensus'}"

    @property
    def outputs(self) -> str:
        """The outputs to write. Only JSON has the words on which two engines disagree."""
        return ",".join([OutputFormat.TEXT, OutputFormat.JSON] if self.consensus else [OutputFormat.TEXT])


def plan_uploads(pairs: Sequence[DocumentWithTruth], options: ReadingOptions) -> list[tuple[Upload, SubmissionOptions]]:
    """Return the upload and its options for each pair. Raise UsageError if an option or a file is invalid."""
    uploads = {one.file: one for one in plan.plan_uploads([pair.file for pair in pairs], options.tenant).uploads}
    return [_plan_upload(uploads[pair.file], pair, options) for pair in pairs]


def _plan_upload(upload: Upload, pair: DocumentWithTruth, options: ReadingOptions) -> tuple[Upload, SubmissionOptions]:
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
        place = f"{MANIFEST}, {pair.name}: " if is_from_manifest else ""
        raise UsageError(f"{place}{error}") from error
    # Another route or other languages make another document, so both are part of the object key.
    languages = metadata.get(get_entry_name("languages"), "").split("+")
    folder = "-".join([options.name, *languages]).rstrip("-")
    key = f"in/{options.tenant}/{folder}/{pair.name}"
    return replace(upload, key=key), SubmissionOptions(options.tenant, metadata, options.again)


def read_documents(up: Stack, pairs: Sequence[DocumentWithTruth], options: ReadingOptions) -> list[FileReading]:
    """Upload all files, wait for their documents, and return what was read, in the order of the pairs.

    Raise CommandFailedError if an upload fails, or if the stack stops while the database does not answer.
    """
    submissions = _submit(up, plan_uploads(pairs, options))
    known = sum(one.is_known for one in submissions)
    if known:
        notes.print(f"{known} of {len(submissions)} were submitted this way before. --again reads them again.")
    submitted = [one.document for one in submissions]
    ended = waiting.wait_until_ended(up.endpoints.database, submitted, options.timeout, stack.require_stack)
    return _load_reads(up.endpoints, pairs, ended)


def _submit(up: Stack, planned: Sequence[tuple[Upload, SubmissionOptions]]) -> list[Submission]:
    """Submit the files, those with the same metadata together, and return the submissions in the given order."""
    by_metadata: defaultdict[tuple[tuple[str, str], ...], list[tuple[Upload, SubmissionOptions]]] = defaultdict(list)
    for upload, options in planned:
        by_metadata[tuple(options.metadata.items())].append((upload, options))
    by_key: dict[str, Submission] = {}
    with transfer.show_progress([upload for upload, _ in planned]) as progress:
        for group in by_metadata.values():
            _, options = group[0]
            uploads = [upload for upload, _ in group]
            with closing(submission.submit_files(up.endpoints, uploads, options, progress)) as submissions:
                by_key |= {one.document.key: one for one in submissions}
    submitted = [by_key[upload.key] for upload, _ in planned]
    submission.send_spans(up, submitted)
    return submitted


def _load_reads(
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
            completed=document.is_completed,
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

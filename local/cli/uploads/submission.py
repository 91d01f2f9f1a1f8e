"""Submissions: upload files, recognize files of earlier submissions, and request further runs of their documents."""

import contextlib
import http.client
import json
import secrets
import urllib.request
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events import codec
from events.document import DocumentUploaded
from events.envelope import Envelope
from events.identity import compute_document_id
from events.metadata import from_metadata
from events.topics import get_record_key, get_topic
from events.traceparent import derive_document_context
from local.cli.queries import documents
from local.cli.queries.documents import Document, DocumentRun
from local.cli.stack import kafka
from local.cli.stack.stack import Stack
from local.cli.uploads import transfer
from local.cli.uploads.plan import Upload
from local.cli.uploads.transfer import FinishedUpload, UploadProgress
from local.platform import buckets
from local.platform.endpoints import UPLOADS_BUCKET, Endpoints
from local.telemetry import TELEMETRY, otlp
from local.telemetry.span import Span, SpanKind

#: The function name in the CloudEvents source of events that the command publishes.
_FUNCTION = "command"
_SPANS_TIMEOUT_S = 0.5
_SPANS_BATCH = 512


@dataclass(frozen=True)
class Submission:
    """A submitted document.

    `last_run` is the last earlier run of the same bytes under the same key, or None if there was none. `again` is True
    if the submission requests another run. `upload` is None if the document is that of an earlier submission.
    """

    document: Document
    last_run: DocumentRun | None = None
    again: bool = False
    upload: FinishedUpload | None = None

    @property
    def is_known(self) -> bool:
        """Return whether the document is that of an earlier submission, whose options stay in force."""
        return self.last_run is not None and not self.again


@dataclass(frozen=True)
class SubmissionOptions:
    """The tenant and the object metadata of files. If `again` is True, files that were read before are read again."""

    tenant: str
    metadata: Mapping[str, str]
    again: bool = False


def submit_files(
    endpoints: Endpoints, uploads: Sequence[Upload], options: SubmissionOptions, progress: UploadProgress
) -> Generator[Submission, None, None]:
    """Upload files, and yield their submissions in the order of `uploads`.

    Closing the generator stops the remaining uploads. Raise CommandFailedError if an upload fails.
    """
    # Load the earlier runs before the first upload: intake may create a run for this upload at once.
    runs = documents.find_runs(endpoints.database, UPLOADS_BUCKET, [upload.key for upload in uploads])
    last_runs = find_last_runs(runs)
    s3 = buckets.create_client(endpoints)
    with closing(transfer.upload_files(s3, uploads, options.tenant, options.metadata, progress)) as finished_uploads:
        for upload in finished_uploads:
            yield _create_submission(endpoints, upload, last_runs.get(upload.document.document), options)


def find_last_runs(runs: Iterable[DocumentRun]) -> dict[str, DocumentRun]:
    """Return the last run of each object, by the document id of the object's run 0.

    An upload of the same bytes under the same key results in this document id.
    """
    by_number = sorted(runs, key=lambda run: run.run)
    last_run_by_object = {(run.key, run.etag): run for run in by_number}
    return {run.document: last_run_by_object[run.key, run.etag] for run in by_number if run.run == 0}


def send_spans(running_stack: Stack, submissions: Iterable[Submission]) -> None:
    """Send a span per upload to the twin, so that the trace of a document starts with its upload.

    Ignore errors, because a command must not fail when telemetry fails.
    """
    endpoint = running_stack.twin.urls.get(TELEMETRY)
    if endpoint is None:
        return
    spans = [_create_span(submission.upload) for submission in submissions if submission.upload]
    with contextlib.suppress(OSError, http.client.HTTPException):
        for first in range(0, len(spans), _SPANS_BATCH):
            _post(f"{endpoint}/v1/traces", otlp.build_export(spans[first : first + _SPANS_BATCH]))


def _create_submission(
    endpoints: Endpoints, upload: FinishedUpload, last_run: DocumentRun | None, options: SubmissionOptions
) -> Submission:
    document = upload.document
    if last_run is None:
        return Submission(document, upload=upload)
    if options.again:
        new_document = _request_run(endpoints.kafka, document, last_run, options.metadata)
        return Submission(new_document, last_run, again=True, upload=upload)
    return Submission(replace(document, document=last_run.document), last_run)


def _request_run(servers: str, document: Document, last_run: DocumentRun, metadata: Mapping[str, str]) -> Document:
    """Publish an event that requests the run after `last_run`, and return the document of the new run.

    The document has the id that intake will compute. Raise CommandFailedError if Kafka does not acknowledge the event.
    """
    options = from_metadata(metadata).model_copy(update={"run": last_run.run + 1})
    event = DocumentUploaded(bucket=UPLOADS_BUCKET, key=last_run.key, etag=last_run.etag, options=options)
    _publish(servers, event)
    new_document = compute_document_id(
        tenant=document.tenant, bucket=event.bucket, key=event.key, etag=last_run.etag, run=event.options.run
    )
    return replace(document, document=str(new_document))


def _publish(servers: str, event: DocumentUploaded) -> None:
    """Publish the event. Raise CommandFailedError if Kafka does not acknowledge it."""
    envelope = Envelope.from_event(event, function=_FUNCTION, time=datetime.now(UTC), traceparent=None)
    key = get_record_key(event)
    message = codec.to_kafka(envelope, key)
    send = kafka.create_sender(servers)
    send((get_topic(event, _FUNCTION), key, message.value, dict(message.headers)))


def _create_span(upload: FinishedUpload) -> Span:
    """Return the span of an upload. Its parent is the document's span, whose ids follow from the document id."""
    context = derive_document_context(UUID(upload.document.document))
    return Span(
        trace_id=context.trace_id,
        span_id=secrets.token_hex(8),
        parent_id=context.span_id,
        name="PutObject",
        kind=SpanKind.CLIENT,
        start=upload.started,
        end=upload.ended,
        service="pagebus",
        attributes={"pagebus.document": upload.document.document},
    )


def _post(url: str, export: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(export).encode(), headers)  # noqa: S310  # the twin's loopback URL
    urllib.request.urlopen(request, timeout=_SPANS_TIMEOUT_S).close()  # noqa: S310  # the twin's loopback URL

"""Uploading what is to be read, knowing again what was read before, and asking that it be read afresh."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from events import codec
from events.document import DocumentUploaded
from events.envelope import Envelope
from events.identity import document_id
from events.metadata import from_metadata
from events.topics import key_of, topic_of
from local.cli import documents, kafka
from local.cli.documents import Document, Run
from local.cli.upload import Upload
from local.cli.uploading import Tally, Uploaded, uploaded
from local.platform import buckets
from local.platform.endpoints import UPLOADS_BUCKET, Endpoints

_SENDER = "command"


@dataclass(frozen=True)
class Submission:
    """A document on its way, by the upload `put`. `before` is the last reading of the same bytes under the same key."""

    document: Document
    before: Run | None = None
    again: bool = False
    put: Uploaded | None = None

    @property
    def known(self) -> bool:
        """Whether the document is that of an earlier submission, and so are its options."""
        return self.before is not None and not self.again


@dataclass(frozen=True)
class Wishes:
    """What was asked for with the files: whose they are, their metadata, and whether to read known ones afresh."""

    tenant: str
    metadata: Mapping[str, str]
    again: bool = False


def submissions(
    endpoints: Endpoints, planned: Sequence[Upload], wishes: Wishes, tally: Tally
) -> Generator[Submission, None, None]:
    """Upload, and tell of it in the order of the files. Whoever stops asking stops the uploads. Raises Failed."""
    # Asked before the first upload, after which a quick function may have read it already.
    last = last_runs(documents.runs(endpoints.database, UPLOADS_BUCKET, [one.key for one in planned]))
    s3 = buckets.client(endpoints)
    with closing(uploaded(s3, planned, wishes.tenant, wishes.metadata, tally)) as following:
        for put in following:
            yield _submission(endpoints, put, last.get(put.document.document), wishes)


def _submission(endpoints: Endpoints, put: Uploaded, before: Run | None, wishes: Wishes) -> Submission:
    """What was read before is read afresh only if that was asked for."""
    document = put.document
    if before is None:
        return Submission(document, put=put)
    if wishes.again:
        return Submission(_announce(endpoints.kafka, document, before, wishes.metadata), before, again=True, put=put)
    return Submission(replace(document, document=before.document), before)


def last_runs(runs: Iterable[Run]) -> dict[str, Run]:
    """The last reading of the same bytes under the same key, by the document's id without any `run`."""
    by_number = sorted(runs, key=lambda run: run.run)
    last = {(run.key, run.etag): run for run in by_number}
    return {run.document: last[run.key, run.etag] for run in by_number if run.run == 0}


def _announce(kafka: str, document: Document, before: Run, metadata: Mapping[str, str]) -> Document:
    """Ask for the next run, and name the document as intake will."""
    options = from_metadata(metadata).model_copy(update={"run": before.run + 1})
    event = DocumentUploaded(bucket=UPLOADS_BUCKET, key=before.key, etag=before.etag, options=options)
    _publish(kafka, event)
    named = document_id(
        tenant=document.tenant, bucket=event.bucket, key=event.key, etag=before.etag, run=event.options.run
    )
    return replace(document, document=str(named))


def _publish(servers: str, event: DocumentUploaded) -> None:
    """Return when Kafka has it. Raises Failed."""
    envelope = Envelope.around(event, function=_SENDER, time=datetime.now(UTC), traceparent=None)
    message = codec.to_kafka(envelope, key_of(event))
    kafka.sending(servers)((topic_of(event, _SENDER), key_of(event), message.value, dict(message.headers)))

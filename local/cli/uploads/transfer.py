"""The transfer of files to the uploads bucket: four at a time, with a progress bar on a terminal."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from events.identity import compute_document_id
from local.cli.queries.documents import Document
from local.cli.shell.errors import CommandFailedError
from local.cli.shell.screen import notes, out
from local.cli.uploads.plan import Upload
from local.platform.endpoints import UPLOADS_BUCKET

# More threads hardly help: most of the time is spent in the object store.
_THREADS = 4
# An upload of more files or more bytes has a progress bar.
_FEW_FILES, _FEW_BYTES = 12, 8 << 20
_FILES_COLUMN = TextColumn("{task.fields[files]:,}/{task.fields[of]:,} files")
# The part size of the AWS CLI. With another part size, the same bytes would get another ETag and another document.
_MULTIPART = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20, use_threads=False)

#: A function that boto3 calls while it uploads a large file, with the number of bytes sent since the last call. An
#: exception from this function stops the upload, and `upload_file` raises the exception again.
ProgressCallback = Callable[[int], None]


class UploadStoppedError(Exception):
    """The end of an upload that was stopped because its result is no longer needed."""


@dataclass(frozen=True)
class FinishedUpload:
    """A document whose bytes are in the bucket. `started` and `ended` are times of the upload, in ns since 1970."""

    document: Document
    started: int
    ended: int


class UploadProgress:
    """The numbers of bytes and files that are uploaded so far. Several threads may add to them.

    `on_change` is called with the number of bytes and the number of files after each change.
    """

    def __init__(self, on_change: Callable[[int, int], None] = lambda _, __: None) -> None:
        self._lock = threading.Lock()
        self._on_change = on_change
        self._stopped = False
        self._partial_bytes: Counter[Upload] = Counter()
        self._finished_bytes = 0
        self.files = 0

    def add_bytes(self, upload: Upload, count: int) -> None:
        """Add `count` bytes of a large file whose upload is in progress. Raise UploadStoppedError after `stop`."""
        if self._stopped:
            raise UploadStoppedError
        with self._lock:
            self._partial_bytes[upload] += count
            self._report()

    def finish_file(self, upload: Upload) -> None:
        with self._lock:
            self._partial_bytes.pop(upload, None)
            self._finished_bytes += upload.size
            self.files += 1
            self._report()

    def stop(self) -> None:
        """Stop the uploads of large files. A small file is uploaded in one request, which cannot be stopped."""
        self._stopped = True

    def _report(self) -> None:
        self._on_change(self._finished_bytes + self._partial_bytes.total(), self.files)


def upload_files(
    s3: Any, uploads: Sequence[Upload], tenant: str, metadata: Mapping[str, str], progress: UploadProgress
) -> Generator[FinishedUpload, None, None]:
    """Upload files, and yield each finished upload in the order of `uploads`.

    Closing the generator stops the remaining uploads. Raise CommandFailedError if a file cannot be read or stored.
    """

    def upload_one(upload: Upload) -> FinishedUpload:
        started = time.time_ns()
        document = upload_file(s3, upload, tenant, metadata, partial(progress.add_bytes, upload))
        progress.finish_file(upload)
        return FinishedUpload(document, started, time.time_ns())

    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="upload")
    try:
        for future in [pool.submit(upload_one, upload) for upload in uploads]:
            yield future.result()
    finally:
        progress.stop()
        pool.shutdown(cancel_futures=True)


def upload_file(
    s3: Any, upload: Upload, tenant: str, metadata: Mapping[str, str], on_bytes: ProgressCallback = lambda _: None
) -> Document:
    """Upload a file and return its document, with the id that intake will compute. Upload more than 8 MiB in parts.

    Raise CommandFailedError if the file cannot be read or stored.
    """
    try:
        is_large = upload.size > _MULTIPART.multipart_threshold
        etag = _put_in_parts(s3, upload, metadata, on_bytes) if is_large else _put_at_once(s3, upload, metadata)
    except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
        raise CommandFailedError(
            f"{upload.file} could not be uploaded: {error}. Submit it again; that does no harm."
        ) from error
    document = compute_document_id(tenant=tenant, bucket=UPLOADS_BUCKET, key=upload.key, etag=etag)
    return Document(str(document), tenant, upload.key, "uploaded")


def _put_at_once(s3: Any, upload: Upload, metadata: Mapping[str, str]) -> str:
    """Upload a file in one request, and return its ETag."""
    with upload.file.open("rb") as body:
        response = s3.put_object(Bucket=UPLOADS_BUCKET, Key=upload.key, Body=body, Metadata=dict(metadata))
    return str(response["ETag"])


def _put_in_parts(s3: Any, upload: Upload, metadata: Mapping[str, str], on_bytes: ProgressCallback) -> str:
    """Upload a file in parts, and return its ETag, which the store computes from the ETags of the parts."""
    # The file is opened here, because a file that boto3 opens would stay open after the upload is stopped.
    with upload.file.open("rb") as body:
        extra = {"Metadata": dict(metadata)}
        s3.upload_fileobj(body, UPLOADS_BUCKET, upload.key, ExtraArgs=extra, Callback=on_bytes, Config=_MULTIPART)
    return str(s3.head_object(Bucket=UPLOADS_BUCKET, Key=upload.key)["ETag"])


@contextmanager
def show_progress(uploads: Sequence[Upload]) -> Iterator[UploadProgress]:
    """Return a context with the progress of these uploads.

    On a terminal, show a progress bar during the context if the files are many or large.
    """
    size = sum(upload.size for upload in uploads)
    if not notes.is_terminal or (len(uploads) <= _FEW_FILES and size <= _FEW_BYTES):
        yield UploadProgress()
        return
    columns = (_FILES_COLUMN, DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    # Output to the same terminal is printed above the bar.
    with Progress(
        TextColumn("uploading"), BarColumn(20), *columns, console=notes, transient=True, redirect_stdout=out.is_terminal
    ) as bar:
        task = bar.add_task("", total=size, files=0, of=len(uploads))
        yield UploadProgress(lambda uploaded_bytes, files: bar.update(task, completed=uploaded_bytes, files=files))

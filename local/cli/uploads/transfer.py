"""The transfer of files to the uploads bucket: several at a time, with a progress bar on a terminal."""

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
# Up to this number of files and bytes, no progress bar is shown.
_FEW_FILES, _FEW_BYTES = 12, 8 << 20
_FILES_COLUMN = TextColumn("{task.fields[files]:,}/{task.fields[of]:,} files")
# The part size of the AWS CLI: with another one, the same bytes would have another ETag and be another document.
_MULTIPART = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20, use_threads=False)

#: Gets the number of bytes of a large file that the store has received since the last call. To stop the upload, it
#: raises an exception, which `upload_file` passes on.
ProgressCallback = Callable[[int], None]


class UploadStoppedError(Exception):
    """An upload was stopped because its result is no longer needed."""


@dataclass(frozen=True)
class FinishedUpload:
    """A document whose bytes are in the bucket; `started` and `ended` are in nanoseconds since 1970."""

    document: Document
    started: int
    ended: int


class UploadProgress:
    """The bytes and files that are uploaded so far; several threads add to it.

    `on_change` gets both numbers after each change.
    """

    def __init__(self, on_change: Callable[[int, int], None] = lambda _, __: None) -> None:
        self._lock = threading.Lock()
        self._on_change = on_change
        self._stopped = False
        self._partial_bytes: Counter[Upload] = Counter()
        self._finished_bytes = 0
        self.files = 0

    def add_bytes(self, upload: Upload, count: int) -> None:
        """Count bytes of a large file that is not finished. Raise UploadStoppedError after `stop`."""
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
        """Stop the uploads of large files. A small file is one request, which cannot be stopped."""
        self._stopped = True

    def _report(self) -> None:
        self._on_change(self._finished_bytes + self._partial_bytes.total(), self.files)


def upload_files(
    s3: Any, uploads: Sequence[Upload], tenant: str, metadata: Mapping[str, str], progress: UploadProgress
) -> Generator[FinishedUpload, None, None]:
    """Yield each finished upload, in the order of `uploads`. Closing the generator stops the uploads that remain.

    Raise CommandFailedError if a file cannot be read or stored.
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
    """Upload a file, in parts if it is larger than 8 MiB, and return its document with the id that intake computes.

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
    # boto3 leaves a file open that it has opened itself if the upload is stopped.
    with upload.file.open("rb") as body:
        extra = {"Metadata": dict(metadata)}
        s3.upload_fileobj(body, UPLOADS_BUCKET, upload.key, ExtraArgs=extra, Callback=on_bytes, Config=_MULTIPART)
    return str(s3.head_object(Bucket=UPLOADS_BUCKET, Key=upload.key)["ETag"])


@contextmanager
def show_progress(uploads: Sequence[Upload]) -> Iterator[UploadProgress]:
    """Return the progress of these uploads. On a terminal, show a bar if the files are many or large."""
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
        yield UploadProgress(lambda done, files: bar.update(task, completed=done, files=files))

"""Files on their way into the bucket, several at a time, with a bar where there is a screen."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from local.cli import upload
from local.cli.documents import Document
from local.cli.screen import notes, out
from local.cli.upload import Upload

# More hardly help: most of the time goes into the store.
_AT_A_TIME = 4
_FEW, _LITTLE = 12, 8 << 20
_FILES = TextColumn("{task.fields[files]:,}/{task.fields[of]:,} files")


class StoppedError(Exception):
    """Nobody waits for this upload any more."""


@dataclass(frozen=True)
class Uploaded:
    """A document whose bytes are in the bucket; `began` and `ended` in nanoseconds since 1970."""

    document: Document
    began: int
    ended: int


class Tally:
    """What is uploaded so far; several threads add to it."""

    def __init__(self, changed: Callable[[int, int], None] = lambda _, __: None) -> None:
        self._lock = threading.Lock()
        self._changed = changed
        self._stopped = False
        self._under_way: Counter[Upload] = Counter()
        self._bytes = 0
        self.files = 0

    def moved(self, one: Upload, count: int) -> None:
        """So much more of a large file. Raises StoppedError."""
        if self._stopped:
            raise StoppedError
        with self._lock:
            self._under_way[one] += count
            self._tell()

    def finished(self, one: Upload) -> None:
        with self._lock:
            self._under_way.pop(one, None)
            self._bytes += one.size
            self.files += 1
            self._tell()

    def stop(self) -> None:
        """Of what is under way, only small files go on to their end."""
        self._stopped = True

    def _tell(self) -> None:
        self._changed(self._bytes + self._under_way.total(), self.files)


def uploaded(
    s3: Any, planned: Sequence[Upload], tenant: str, metadata: Mapping[str, str], tally: Tally
) -> Generator[Uploaded, None, None]:
    """In the order of the files. Whoever stops asking stops the uploads that go on. Raises Failed."""

    def put(one: Upload) -> Uploaded:
        began = time.time_ns()
        document = upload.put(s3, one, tenant, metadata, partial(tally.moved, one))
        tally.finished(one)
        return Uploaded(document, began, time.time_ns())

    pool = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="upload")
    try:
        for future in [pool.submit(put, one) for one in planned]:
            yield future.result()
    finally:
        tally.stop()
        pool.shutdown(cancel_futures=True)


@contextmanager
def counted(planned: Sequence[Upload]) -> Iterator[Tally]:
    """A tally of these uploads, on the screen if that is one and they are many or large."""
    size = sum(one.size for one in planned)
    if not notes.is_terminal or (len(planned) <= _FEW and size <= _LITTLE):
        yield Tally()
        return
    amount = (_FILES, DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    # What is printed meanwhile stands above the bar, unless it goes elsewhere.
    with Progress(
        TextColumn("uploading"), BarColumn(20), *amount, console=notes, transient=True, redirect_stdout=out.is_terminal
    ) as progress:
        task = progress.add_task("", total=size, files=0, of=len(planned))
        yield Tally(lambda moved, files: progress.update(task, completed=moved, files=files))

"""Puts a document together: one pass over its pages, all wanted formats at once, nothing held in memory."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from contextvars import copy_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TextIO

import structlog

from events.document import DocumentAssembled, DocumentRecognized, Output, OutputFormat
from events.event import Event
from functions.assembly.layouts import LAYOUTS
from functions.assembly.pages import Page, Pages
from functions.reading.reading import Reading
from functions.runtime.storage import dataref

log = structlog.get_logger()


class Upload(Protocol):
    """As `Storage.upload`, for the results bucket."""

    def __call__(self, bucket: str, key: str, path: Path, media_type: str) -> None:
        """Write the file. Raises Unavailable."""


def handle(request: DocumentRecognized, *, pages: Pages, upload: Upload, results_bucket: str) -> list[Event]:
    """Write the outputs, the same bytes each time; nothing when the document is no longer waiting for them."""
    wishes = tuple(dict.fromkeys(request.outputs))
    with TemporaryDirectory() as folder, closing(pages.of(request.document, request.tenant)) as read:
        written = write(request, wishes, read, Path(folder))
        if written == 0:
            log.info("assembly.unwanted", document=str(request.document))
            return []
        outputs = _all_uploaded(request, wishes, Path(folder), upload, results_bucket)
    log.info("document.assembled", document=str(request.document), pages=written)
    return [DocumentAssembled(**request.origin(), outputs=outputs)]


def write(
    request: DocumentRecognized,
    wishes: Iterable[OutputFormat],
    read: Iterable[tuple[Page, Reading | None]],
    folder: Path,
) -> int:
    """Write these formats to `folder`; returns the number of pages."""
    number = 0
    with ExitStack() as stack:
        files = [(LAYOUTS[wish], stack.enter_context(_opened(folder / LAYOUTS[wish].file))) for wish in wishes]
        for layout, file in files:
            file.write(layout.head(request))
        for number, (page, reading) in enumerate(read, start=1):
            for layout, file in files:
                file.write((layout.between if number > 1 else "") + layout.page(page, reading))
        for layout, file in files:
            file.write(layout.tail)
    return number


def _opened(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


def _all_uploaded(
    request: DocumentRecognized, wishes: Sequence[OutputFormat], folder: Path, upload: Upload, bucket: str
) -> tuple[Output, ...]:
    """All at once: most documents are small, and the store takes longer to answer than to take them."""
    with ThreadPoolExecutor(max_workers=len(wishes) or 1) as pool:
        # Each in a context of its own, so that its span is a part of this work.
        uploads = [pool.submit(copy_context().run, _uploaded, request, wish, folder, upload, bucket) for wish in wishes]
        return tuple(done.result() for done in uploads)


def _uploaded(request: DocumentRecognized, wish: OutputFormat, folder: Path, upload: Upload, bucket: str) -> Output:
    layout, path = LAYOUTS[wish], folder / LAYOUTS[wish].file
    key = f"documents/{request.tenant}/{request.document}/{layout.file}"
    upload(bucket, key, path, layout.media_type)
    return Output(format=wish, dataref=dataref(bucket, key), media_type=layout.media_type, size=path.stat().st_size)

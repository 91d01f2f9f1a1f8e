"""Handler of assembly: write all requested formats in one pass over the pages of a document, and upload the files."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from contextvars import copy_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TextIO

from events.document import DocumentAssembled, DocumentRecognized, Output, OutputFormat
from events.event import Event
from functions.assembly.pages import DocumentPages, PageMetadata
from functions.assembly.templates import TEMPLATES
from functions.reading.reading import Reading
from functions.runtime.log import get_logger
from functions.runtime.storage import make_dataref
from functions.runtime.telemetry.spans import trace_span

log = get_logger()


class UploadFile(Protocol):
    """A function that uploads a file to S3, like `Storage.upload`."""

    def __call__(self, bucket: str, key: str, path: Path, media_type: str) -> None:
        """Upload the file. Raise Unavailable if the store does not answer."""


def handle(
    request: DocumentRecognized, *, pages: DocumentPages, upload: UploadFile, results_bucket: str
) -> list[Event]:
    """Write the outputs of a document and upload them to `results_bucket`. A repetition uploads the same bytes.

    Return DocumentAssembled, or no event if the document is not in the state `assembling`. Raise Unavailable if
    PostgreSQL or S3 does not answer, or if a reading is missing.
    """
    formats = tuple(dict.fromkeys(request.outputs))
    with (
        trace_span("assemble", {"pagebus.pages": request.pages}),
        TemporaryDirectory() as folder,
        closing(pages.load(request.document, request.tenant)) as loaded_pages,
    ):
        page_count = write_outputs(request, formats, loaded_pages, Path(folder))
        if page_count == 0:
            log.info("assembly.skipped", document=str(request.document))
            return []
        outputs = _upload_outputs(request, formats, Path(folder), upload, results_bucket)
    log.info("document.assembled", document=str(request.document), pages=page_count)
    return [DocumentAssembled(**request.document_fields, outputs=outputs)]


def write_outputs(
    request: DocumentRecognized,
    formats: Iterable[OutputFormat],
    pages: Iterable[tuple[PageMetadata, Reading | None]],
    folder: Path,
) -> int:
    """Write a file for each format to `folder` and return the number of pages."""
    page_count = 0
    with ExitStack() as stack:
        templates = [TEMPLATES[output_format] for output_format in formats]
        files = [(template, stack.enter_context(_open_file(folder / template.file_name))) for template in templates]
        for template, file in files:
            file.write(template.render_head(request))
        for page_count, (page, reading) in enumerate(pages, start=1):
            for template, file in files:
                file.write((template.separator if page_count > 1 else "") + template.render_page(page, reading))
        for template, file in files:
            file.write(template.tail)
    return page_count


def _open_file(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


def _upload_outputs(
    request: DocumentRecognized, formats: Sequence[OutputFormat], folder: Path, upload: UploadFile, bucket: str
) -> tuple[Output, ...]:
    """Upload all files at the same time. Most files are small, so an upload is mostly a wait for the store."""
    with ThreadPoolExecutor(max_workers=len(formats) or 1) as pool:
        # Each upload has its own copy of the context, so that its span belongs to this assembly.
        uploads = [
            pool.submit(copy_context().run, _upload_output, request, output_format, folder, upload, bucket)
            for output_format in formats
        ]
        return tuple(future.result() for future in uploads)


def _upload_output(
    request: DocumentRecognized, output_format: OutputFormat, folder: Path, upload: UploadFile, bucket: str
) -> Output:
    template = TEMPLATES[output_format]
    path = folder / template.file_name
    key = f"documents/{request.tenant}/{request.document}/{template.file_name}"
    upload(bucket, key, path, template.media_type)
    return Output(
        format=output_format,
        dataref=make_dataref(bucket, key),
        media_type=template.media_type,
        size=path.stat().st_size,
    )

"""Inspector of documents: it downloads a document and inspects its pages in the sandbox."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from events.reasons import Rejection
from functions.documents.media_types import HEAD_BYTES, SUPPORTED_TYPES, detect_media_type
from functions.intake.inspection import InspectedPage, Inspection, InspectionRequest
from functions.intake.rejection import UploadRejected, reject_missing_object
from functions.intake.settings import IntakeSettings
from functions.intake.upload import UploadedObject
from functions.runtime.disk_cache import DiskCache
from functions.runtime.errors import ObjectChanged, ObjectGone, ObjectTooLarge
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.storage import ObjectInfo, Storage

#: The import path of the function that the sandbox runs.
INSPECTION_TASK = "functions.intake.sandbox_job:inspect_document"


@dataclass(frozen=True, kw_only=True)
class InspectedDocument:
    """The hash, type, size in bytes and page count of a document, and the inspected range of its pages."""

    sha256: str
    media_type: str
    size: int
    pages: int
    inspected_pages: tuple[InspectedPage, ...]


@dataclass(frozen=True, kw_only=True)
class DocumentInspector:
    """Inspector of documents, one range of pages at a time. A disk cache avoids a download for every range."""

    storage: Storage
    disk_cache: DiskCache
    sandbox: Sandbox
    settings: IntakeSettings

    def inspect(self, uploaded: UploadedObject, info: ObjectInfo, *, with_text: bool) -> InspectedDocument:
        """Return the document's properties and its pages from the upload's `first_page` on.

        The range has at most `pages_per_event` pages. Text layers are only read if `with_text` is set. Raise
        UploadRejected if the document cannot be read, and Unavailable if the store does not answer.
        """
        # A document id is computed from the ETag. So it identifies the bytes, and can be the key in the cache.
        with self.disk_cache.open((str(uploaded.document),), partial(self._download, uploaded, info)) as cached_file:
            media_type = _detect_supported_type(cached_file.path)
            inspection = self._run_job(cached_file.path, media_type, uploaded.upload.first_page, with_text=with_text)
            return InspectedDocument(
                sha256=cached_file.sha256,
                media_type=media_type,
                size=info.size,
                pages=inspection.pages,
                inspected_pages=inspection.inspected_pages,
            )

    def _download(self, uploaded: UploadedObject, info: ObjectInfo, path: Path) -> str:
        limit = self.settings.max_document_bytes
        try:
            return self.storage.download(
                uploaded.upload.bucket, info.key, path, etag=info.etag, version_id=info.version_id, limit=limit
            )
        except (ObjectGone, ObjectChanged) as error:
            # New bytes under the same key are another document. The store sends a separate notification for it.
            raise reject_missing_object() from error
        except ObjectTooLarge as error:
            raise reject_large_object(limit) from error

    def _run_job(self, path: Path, media_type: str, first_page: int, *, with_text: bool) -> Inspection:
        request = InspectionRequest(
            media_type=media_type,
            first_page=first_page,
            count=self.settings.pages_per_event,
            max_pages=self.settings.max_pages,
            with_text=with_text,
        )
        try:
            return self.sandbox.run(INSPECTION_TASK, request, path, Inspection)[0]
        except DocumentProblem as problem:
            raise UploadRejected(_to_known_reason(problem.reason), problem.message) from problem


def reject_large_object(limit: int) -> UploadRejected:
    """Return the rejection of an object with more than `limit` bytes."""
    message = f"The object has more than {limit} bytes. Split the document and upload the parts."
    return UploadRejected(Rejection.TOO_LARGE, message)


def _to_known_reason(reason: str) -> Rejection:
    """Return the Rejection with this value, else CRASHED. A malicious document could make the job return any value."""
    return Rejection(reason) if reason in Rejection.__members__.values() else Rejection.CRASHED


def _detect_supported_type(path: Path) -> str:
    with path.open("rb") as file:
        media_type = detect_media_type(file.read(HEAD_BYTES))
    if not media_type:
        message = f"The type of the file is not supported. Upload a {SUPPORTED_TYPES}; the file name does not matter."
        raise UploadRejected(Rejection.UNSUPPORTED_TYPE, message)
    return media_type

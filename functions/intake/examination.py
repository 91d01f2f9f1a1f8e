"""Fetching a document and having it looked at in the sandbox."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from events.reasons import Rejection
from functions.documents.sniff import HEAD_BYTES, TYPES, media_type
from functions.intake.finding import Found
from functions.intake.inspection import Inspect, Inspection, PageSeen
from functions.intake.refusal import Refusal, gone
from functions.intake.settings import IntakeSettings
from functions.runtime.disk_cache import Copies
from functions.runtime.errors import Changed, Gone, TooLarge
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.storage import Storage, Stored

TASK = "functions.intake.looking:inspect"


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What a document is. `seen` covers the pages from the upload's `first_page`, as many as are planned at a time."""

    sha256: str
    media_type: str
    size: int
    pages: int
    seen: tuple[PageSeen, ...]


@dataclass(frozen=True, kw_only=True)
class Examiner:
    """Looks at documents; at those of many pages several times, so it keeps copies."""

    storage: Storage
    copies: Copies
    sandbox: Sandbox
    settings: IntakeSettings

    def examine(self, found: Found, stored: Stored, *, text: bool) -> Examined:
        """Look at it, at text layers only if `text`. Raises Refusal and Unavailable."""
        # The document's name is made of its tenant and its bytes' etag: no other bytes have it.
        with self.copies.of((str(found.document),), partial(self._fetch, found, stored)) as copy:
            kind = _kind(copy.path)
            inspection = self._inspect(copy.path, kind, found.upload.first_page, text=text)
            return Examined(
                sha256=copy.sha256,
                media_type=kind,
                size=stored.size,
                pages=inspection.pages,
                seen=inspection.seen,
            )

    def _fetch(self, found: Found, stored: Stored, path: Path) -> str:
        upload, limit = found.upload, self.settings.max_document_bytes
        try:
            return self.storage.download(
                upload.bucket, stored.key, path, etag=stored.etag, version_id=stored.version_id, limit=limit
            )
        except (Gone, Changed) as error:
            # Other bytes under the same key are another document, with a notification of their own.
            raise gone() from error
        except TooLarge as error:
            raise Refusal(Rejection.TOO_LARGE, f"The object has more than {limit} bytes; split it.") from error

    def _inspect(self, path: Path, kind: str, first_page: int, *, text: bool) -> Inspection:
        wanted = Inspect(
            media_type=kind,
            first_page=first_page,
            count=self.settings.pages_per_event,
            max_pages=self.settings.max_pages,
            text=text,
        )
        try:
            return self.sandbox.run(TASK, wanted, path, Inspection)[0]
        except DocumentProblem as problem:
            raise Refusal(_reason(problem), problem.message) from problem


def _reason(problem: DocumentProblem) -> Rejection:
    """A job that its document took over may say anything."""
    known = problem.reason in Rejection.__members__.values()
    return Rejection(problem.reason) if known else Rejection.CRASHED


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        kind = media_type(file.read(HEAD_BYTES))
    if not kind:
        raise Refusal(Rejection.UNSUPPORTED_TYPE, f"Upload a {TYPES}; the name does not matter.")
    return kind

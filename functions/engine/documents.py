"""The documents that pages are read from."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from events.page import PageRequested
from events.reasons import PageFailure
from functions.runtime.disk_cache import Copies
from functions.runtime.errors import Changed, Gone, TooLarge
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.storage import Storage


class Documents:
    """Copies of up to `capacity` bytes together and `largest` bytes each."""

    def __init__(self, storage: Storage, *, capacity: int, largest: int) -> None:
        self._storage, self._largest = storage, largest
        self._copies = Copies(capacity)

    @contextmanager
    def opened(self, request: PageRequested) -> Iterator[Path]:
        """The document of this page, for as long as the context lasts. Raises DocumentProblem and Unavailable."""
        # By tenant too: nobody learns, from how long it takes, what others have uploaded.
        with self._copies.of((request.tenant, request.sha256), partial(self._fetch, request)) as copy:
            yield copy.path

    def close(self) -> None:
        """Give back the disk."""
        self._copies.close()

    def _fetch(self, request: PageRequested, path: Path) -> str:
        try:
            sha256 = self._storage.download(
                request.bucket,
                request.key,
                path,
                etag=request.etag,
                version_id=request.version_id,
                limit=self._largest,
            )
        except Gone as error:
            raise DocumentProblem(PageFailure.DOCUMENT_GONE, "The document was removed before it was read.") from error
        except (Changed, TooLarge) as error:
            raise _changed() from error
        if sha256 != request.sha256:
            raise _changed()
        return sha256


def _changed() -> DocumentProblem:
    return DocumentProblem(PageFailure.DOCUMENT_CHANGED, "The document was replaced before it was read.")

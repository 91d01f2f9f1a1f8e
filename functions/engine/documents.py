"""Documents on local disk: fetched once per replica, not once per page, and never more than fit.

Their files have no names, so that nothing is left of them when the process ends, however it ends.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from events.page import PageRequested
from events.reasons import PageFailure
from functions.runtime.errors import Changed, Gone, TooLarge
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.storage import Storage

#: Each holds a descriptor, of which a process may have a thousand.
_MOST = 100


@dataclass
class _Copy:
    """A document on disk, once `size` is not 0. It stays while `users` look at it."""

    file: IO[bytes] = field(default_factory=TemporaryFile)
    size: int = 0
    users: int = 0
    fetching: threading.Lock = field(default_factory=threading.Lock)

    @property
    def path(self) -> Path:
        return Path(f"/proc/self/fd/{self.file.fileno()}")


class Documents:
    """The documents that were used last, up to `capacity` bytes, of up to `largest` bytes each. For any thread."""

    def __init__(self, storage: Storage, *, capacity: int, largest: int) -> None:
        self._storage = storage
        self._capacity, self._largest = capacity, largest
        # By tenant too: nobody learns, from how long it takes, what others have uploaded.
        self._copies: OrderedDict[tuple[str, str], _Copy] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def opened(self, request: PageRequested) -> Iterator[Path]:
        """The document of this page, for as long as the context lasts. Raises DocumentProblem and Unavailable."""
        copy = self._take(request)
        try:
            with copy.fetching:
                if not copy.size:
                    self._fetch(request, copy.path)
                    copy.size = copy.path.stat().st_size
            yield copy.path
        finally:
            self._give_back(copy)

    def close(self) -> None:
        """Give back the disk."""
        with self._lock:
            while self._copies:
                self._copies.popitem()[1].file.close()

    def _take(self, request: PageRequested) -> _Copy:
        key = (request.tenant, request.sha256)
        with self._lock:
            if key not in self._copies:
                self._copies[key] = _Copy()
            copy = self._copies[key]
            self._copies.move_to_end(key)
            copy.users += 1
            return copy

    def _give_back(self, copy: _Copy) -> None:
        with self._lock:
            copy.users -= 1
            size = sum(known.size for known in self._copies.values())
            for key, known in list(self._copies.items()):
                full = size > self._capacity or len(self._copies) > _MOST
                if not known.users and (full or not known.size):
                    self._copies.pop(key).file.close()
                    size -= known.size

    def _fetch(self, request: PageRequested, path: Path) -> None:
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


def _changed() -> DocumentProblem:
    return DocumentProblem(PageFailure.DOCUMENT_CHANGED, "The document was replaced before it was read.")

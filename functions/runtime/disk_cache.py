"""Objects on local disk: fetched once per replica, not once per page, and never more than fit.

Their files have no names, so that nothing is left of them when the process ends, however it ends.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from functions.runtime.errors import FULL

#: Writes the object to a path, and returns its sha256 in hex.
Fetch = Callable[[Path], str]

#: Each holds a descriptor, of which a process may have a thousand.
_MOST = 100


@dataclass
class Copy:
    """An object on disk, once `sha256` is known. It stays while `users` look at it."""

    file: IO[bytes] = field(default_factory=TemporaryFile)
    sha256: str = ""
    size: int = 0
    users: int = 0
    fetching: threading.Lock = field(default_factory=threading.Lock)

    @property
    def path(self) -> Path:
        return Path(f"/proc/self/fd/{self.file.fileno()}")


class Copies:
    """The objects that were used last, up to `capacity` bytes. For any thread."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._copies: OrderedDict[tuple[str, ...], Copy] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def of(self, key: tuple[str, ...], fetch: Fetch) -> Iterator[Copy]:
        """The object called `key`, for as long as the context lasts; raises what `fetch` raises."""
        copy = self._take(key)
        try:
            with copy.fetching:
                if not copy.sha256:
                    copy.sha256 = self._fetched(copy, fetch)
                    copy.size = copy.path.stat().st_size
            yield copy
        finally:
            self._give_back(copy)

    def close(self) -> None:
        """Give back the disk."""
        with self._lock:
            while self._copies:
                self._copies.popitem()[1].file.close()

    def _fetched(self, copy: Copy, fetch: Fetch) -> str:
        """Where the disk is full, copies that nobody looks at make room."""
        try:
            return fetch(copy.path)
        except OSError as error:
            if error.errno not in FULL or not self._forget_idle():
                raise
        return fetch(copy.path)

    def _forget_idle(self) -> bool:
        with self._lock:
            idle = [key for key, known in self._copies.items() if not known.users]
            for key in idle:
                self._copies.pop(key).file.close()
            return bool(idle)

    def _take(self, key: tuple[str, ...]) -> Copy:
        with self._lock:
            if key not in self._copies:
                self._copies[key] = Copy()
            copy = self._copies[key]
            self._copies.move_to_end(key)
            copy.users += 1
            return copy

    def _give_back(self, copy: Copy) -> None:
        with self._lock:
            copy.users -= 1
            size = sum(known.size for known in self._copies.values())
            for key, known in list(self._copies.items()):
                full = size > self._capacity or len(self._copies) > _MOST
                if not known.users and (full or not known.sha256):
                    self._copies.pop(key).file.close()
                    size -= known.size

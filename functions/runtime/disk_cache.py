"""Disk cache for objects: a replica fetches a document once, and not once per page.

The files have no names, so the kernel deletes them when the process ends, even after a crash.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from functions.runtime.errors import DISK_FULL_ERRNOS

#: Writes an object to a path and returns its SHA-256 in hex.
Fetch = Callable[[Path], str]

#: Above this number, unused files are deleted. Each file needs a descriptor, and a process may have about a thousand.
_MAX_FILES = 100


@dataclass
class CachedFile:
    """A file of the cache. It is complete when `sha256` is set.

    `user_count` is the number of contexts of `DiskCache.open` that use the file. It can be deleted when this is 0.
    """

    file: IO[bytes] = field(default_factory=TemporaryFile)
    sha256: str = ""
    size: int = 0
    user_count: int = 0
    fetch_lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def path(self) -> Path:
        return Path(f"/proc/self/fd/{self.file.fileno()}")


class DiskCache:
    """A cache of recently used objects. It is thread-safe.

    If the cache has more than `capacity` bytes, it deletes unused files, and the least recently used file first.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._files: OrderedDict[tuple[str, ...], CachedFile] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def open(self, key: tuple[str, ...], fetch: Fetch) -> Iterator[CachedFile]:
        """Yield the file under `key`. Fetch it first if it is not in the cache; exceptions of `fetch` pass through."""
        file = self._acquire(key)
        try:
            with file.fetch_lock:
                if not file.sha256:
                    file.sha256 = self._fetch(file, fetch)
                    file.size = file.path.stat().st_size
            yield file
        finally:
            self._release(file)

    def close(self) -> None:
        """Delete all files."""
        with self._lock:
            while self._files:
                self._files.popitem()[1].file.close()

    def _fetch(self, file: CachedFile, fetch: Fetch) -> str:
        """Fetch a file. If the disk is full, delete all unused files and try once more."""
        try:
            return fetch(file.path)
        except OSError as error:
            if error.errno not in DISK_FULL_ERRNOS or not self._delete_unused_files():
                raise
        return fetch(file.path)

    def _delete_unused_files(self) -> bool:
        """Delete the files that no context uses. Return False if there are none."""
        with self._lock:
            unused_keys = [key for key, file in self._files.items() if not file.user_count]
            for key in unused_keys:
                self._files.pop(key).file.close()
            return bool(unused_keys)

    def _acquire(self, key: tuple[str, ...]) -> CachedFile:
        with self._lock:
            if key not in self._files:
                self._files[key] = CachedFile()
            file = self._files[key]
            self._files.move_to_end(key)
            file.user_count += 1
            return file

    def _release(self, file: CachedFile) -> None:
        """End one use of the file. Then delete unused files that are incomplete or that exceed the capacity."""
        with self._lock:
            file.user_count -= 1
            size = sum(cached.size for cached in self._files.values())
            for key, cached in list(self._files.items()):
                is_full = size > self._capacity or len(self._files) > _MAX_FILES
                if not cached.user_count and (is_full or not cached.sha256):
                    self._files.pop(key).file.close()
                    size -= cached.size

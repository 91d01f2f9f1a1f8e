"""Files in a home folder: atomic writes and locks, because several processes use the files."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


def write_private_file(file: Path, text: str) -> None:
    """Replace the content of a file atomically. Only its owner can read the file, because it may contain keys."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(file)


@contextlib.contextmanager
def lock_file(file: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold an exclusive lock on a file during the context. The kernel releases the lock if the process is killed.

    If another process holds the lock, wait for it, or raise BlockingIOError if `wait` is False.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield

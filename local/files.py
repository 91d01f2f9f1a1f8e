"""Files of a home that several commands read and write."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


def write(file: Path, text: str) -> None:
    """Give the file this content all at once, for its owner's eyes only: it may hold keys."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(file)


@contextlib.contextmanager
def locked(file: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock, which goes with the process, however it ends; raise BlockingIOError rather than not `wait`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield

"""Counter of attempts in which an endpoint was too slow for a page, although it read no other page."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b

from functions.runtime.errors import Unavailable

#: After this number of attempts, another engine reads the page. A source makes more delivery attempts, so it does not
#: give up before.
_MAX_ATTEMPTS = 3
#: Maximum number of pages that this process counts. Each replica counts separately.
_MAX_PAGES = 1000


class PageTooSlow(Exception):  # noqa: N818  # the name is the state of the page
    """An error about a page that took too long although the endpoint had free capacity."""


@dataclass(eq=False)
class _ActiveReading:
    """A reading in progress. `has_overlap` is true if another page was read at any time during it."""

    has_overlap: bool


class SlowPageTracker:
    """A counter of slow attempts per page, for several threads."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[bytes, int] = OrderedDict()
        self._active: set[_ActiveReading] = set()
        self._lock = threading.Lock()

    @contextmanager
    def track(self, pixels: bytes) -> Iterator[None]:
        """Return a context for the reading of a page.

        In the first attempts, the context converts PageTooSlow to Unavailable, so that the source retries. In the last
        attempt, PageTooSlow passes through. An attempt counts only if no other page was read at the same time, because
        concurrent requests make the endpoint slower.
        """
        with self._register() as reading:
            try:
                yield
            except PageTooSlow as error:
                if not reading.has_overlap and self._count_attempt(blake2b(pixels).digest()) >= _MAX_ATTEMPTS:
                    raise
                raise Unavailable(str(error)) from error

    @contextmanager
    def _register(self) -> Iterator[_ActiveReading]:
        with self._lock:
            reading = _ActiveReading(has_overlap=bool(self._active))
            for active_reading in self._active:
                active_reading.has_overlap = True
            self._active.add(reading)
        try:
            yield reading
        finally:
            with self._lock:
                self._active.remove(reading)

    def _count_attempt(self, page: bytes) -> int:
        """Count a slow attempt at the page, and return their number. Keep counts of the last `_MAX_PAGES` pages."""
        with self._lock:
            attempts = self._attempts[page] = self._attempts.pop(page, 0) + 1
            while len(self._attempts) > _MAX_PAGES:
                self._attempts.popitem(last=False)
        return attempts

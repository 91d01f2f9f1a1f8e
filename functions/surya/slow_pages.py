"""Count how often an endpoint was too slow for a page although it had nothing else to do."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b

from functions.runtime.errors import Unavailable

#: After this number of attempts another engine reads the page. It is below a source's number of delivery attempts.
_MAX_ATTEMPTS = 3
#: The number of pages that this process remembers. Replicas count separately.
_MAX_PAGES = 1000


class PageTooSlow(Exception):  # noqa: N818  # it names the state of the page
    """The page took too long, although the endpoint had time for other pages."""


@dataclass(eq=False)
class _ActiveReading:
    """A page that is being read, and whether another page was read at any time meanwhile."""

    has_overlap: bool


class SlowPageTracker:
    """A counter of slow attempts per page, for several threads."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[bytes, int] = OrderedDict()
        self._active: set[_ActiveReading] = set()
        self._lock = threading.Lock()

    @contextmanager
    def track(self, pixels: bytes) -> Iterator[None]:
        """Run the reading of a page, and convert PageTooSlow to Unavailable for its first attempts.

        The last attempt raises PageTooSlow. An attempt counts only if no other page was read meanwhile, because an
        endpoint shares its speed among all requests.
        """
        with self._register() as reading:
            try:
                yield
            except PageTooSlow as slow:
                if not reading.has_overlap and self._count_attempt(blake2b(pixels).digest()) >= _MAX_ATTEMPTS:
                    raise
                raise Unavailable(str(slow)) from slow

    @contextmanager
    def _register(self) -> Iterator[_ActiveReading]:
        with self._lock:
            reading = _ActiveReading(has_overlap=bool(self._active))
            for other in self._active:
                other.has_overlap = True
            self._active.add(reading)
        try:
            yield reading
        finally:
            with self._lock:
                self._active.remove(reading)

    def _count_attempt(self, page: bytes) -> int:
        """Return the number of slow attempts at this page, and delete the oldest entries."""
        with self._lock:
            attempts = self._attempts[page] = self._attempts.pop(page, 0) + 1
            while len(self._attempts) > _MAX_PAGES:
                self._attempts.popitem(last=False)
        return attempts

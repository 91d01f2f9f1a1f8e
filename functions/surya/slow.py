"""Pages that an endpoint is too slow for, and how often when it had nothing else to do."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b

from functions.runtime.errors import Unavailable

#: After so many tries the page is another engine's. A source makes more of them before it gives a request up.
_TRIES = 3
#: Pages that are remembered, by this process alone: another replica counts for itself.
_MOST = 1000


class TooSlow(Exception):  # noqa: N818  # it names the state of the page
    """The page took too long, while the endpoint had time for others."""


@dataclass(eq=False)
class _Reading:
    """One of a page that is going on, and whether another one was going on at any time of it."""

    in_company: bool


class SlowPages:
    """Used by several threads."""

    def __init__(self) -> None:
        self._tries: OrderedDict[bytes, int] = OrderedDict()
        self._readings: set[_Reading] = set()
        self._lock = threading.Lock()

    @contextmanager
    def counted(self, pixels: bytes) -> Iterator[None]:
        """While this page is read: raises TooSlow when it has been so too often, and Unavailable before.

        An endpoint shares its speed among all that it is asked, so a page is to blame only where it was read alone.
        """
        with self._going_on() as reading:
            try:
                yield
            except TooSlow as slow:
                if not reading.in_company and self._counted(blake2b(pixels).digest()) >= _TRIES:
                    raise
                raise Unavailable(str(slow)) from slow

    @contextmanager
    def _going_on(self) -> Iterator[_Reading]:
        with self._lock:
            reading = _Reading(in_company=bool(self._readings))
            for other in self._readings:
                other.in_company = True
            self._readings.add(reading)
        try:
            yield reading
        finally:
            with self._lock:
                self._readings.remove(reading)

    def _counted(self, page: bytes) -> int:
        with self._lock:
            tries = self._tries[page] = self._tries.pop(page, 0) + 1
            while len(self._tries) > _MOST:
                self._tries.popitem(last=False)
        return tries

"""Pages that an endpoint is too slow for, and how often: once may be for the company that a page had."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from functions.runtime.errors import Unavailable

#: After so many tries the page is another engine's. A source makes more of them before it gives a request up.
_TRIES = 3
#: Pages that are remembered, by this process alone: another replica counts for itself.
_MOST = 1000


class TooSlow(Exception):  # noqa: N818  # it names the state of the page
    """The page took too long, while the endpoint had time for others."""


class SlowPages:
    """Used by several threads."""

    def __init__(self) -> None:
        self._tries: OrderedDict[bytes, int] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def counted(self, pixels: bytes) -> Iterator[None]:
        """While this page is read: raises TooSlow when it has been so too often, and Unavailable before."""
        try:
            yield
        except TooSlow as slow:
            if self._counted(blake2b(pixels).digest()) >= _TRIES:
                raise
            raise Unavailable(str(slow)) from slow

    def _counted(self, page: bytes) -> int:
        with self._lock:
            tries = self._tries[page] = self._tries.pop(page, 0) + 1
            while len(self._tries) > _MOST:
                self._tries.popitem(last=False)
        return tries

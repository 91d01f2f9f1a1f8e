"""Ends a process that is stuck, as in native code that no exception reaches: the source delivers again."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import structlog

log = structlog.get_logger()

#: EX_SOFTWARE of sysexits.h, to be told from a crash.
STUCK = 70
_WORDS_SECONDS = 3.0


class Watchdog:
    """Watches over requests; the first that outlives the deadline ends the process, after `last_words`."""

    def __init__(self, deadline_seconds: float, last_words: Callable[[], None] = lambda: None) -> None:
        self._deadline = deadline_seconds
        self._last_words = last_words
        self._started: dict[int, float] = {}
        self._numbers = count()
        self._ending, self._said = threading.Event(), threading.Event()
        # Both now: when the end has come, there may be no memory for a thread.
        for work in (self._watch, self._say):
            threading.Thread(target=work, name="watchdog", daemon=True).start()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch over what happens inside."""
        number = next(self._numbers)
        self._started[number] = time.monotonic()
        try:
            yield
        finally:
            del self._started[number]

    def _watch(self) -> None:
        while True:
            time.sleep(min(1, self._deadline / 4))
            oldest = min(list(self._started.values()), default=None)
            if oldest is not None and time.monotonic() - oldest > self._deadline:
                self._end()

    def _end(self) -> None:
        try:
            self._ending.set()
            log.error("request.stuck", deadline_seconds=self._deadline)
            self._said.wait(_WORDS_SECONDS)
        finally:
            os._exit(STUCK)

    def _say(self) -> None:
        """In a thread of their own: they may be stuck too."""
        self._ending.wait()
        self._last_words()
        self._said.set()

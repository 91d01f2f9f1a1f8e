"""Watchdog that ends a stalled process, for example one that hangs in native code. Knative redelivers the event."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from functions.runtime.log import get_logger

log = get_logger()

#: EX_SOFTWARE of sysexits.h. It differs from the exit codes of a crash.
STALLED_EXIT_CODE = 70
#: Longest wait for `report` before the process ends.
_REPORT_SECONDS = 3.0


class Watchdog:
    """A timer for requests. The first request that exceeds the deadline ends the process, after a call of `report`."""

    def __init__(self, deadline_seconds: float, report: Callable[[], None] = lambda: None) -> None:
        self._deadline = deadline_seconds
        self._report = report
        self._start_times: dict[int, float] = {}
        self._numbers = count()
        self._is_ending, self._is_reported = threading.Event(), threading.Event()
        # Both threads start now, because a stalled process may lack the memory to start one.
        for target in (self._watch_requests, self._run_report):
            threading.Thread(target=target, name="watchdog", daemon=True).start()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Measure the time inside the context as one request."""
        number = next(self._numbers)
        self._start_times[number] = time.monotonic()
        try:
            yield
        finally:
            del self._start_times[number]

    def _watch_requests(self) -> None:
        while True:
            time.sleep(min(1, self._deadline / 4))
            oldest = min(list(self._start_times.values()), default=None)
            if oldest is not None and time.monotonic() - oldest > self._deadline:
                self._end_process()

    def _end_process(self) -> None:
        try:
            self._is_ending.set()
            log.error("request.stalled", deadline_seconds=self._deadline)
            self._is_reported.wait(_REPORT_SECONDS)
        finally:
            os._exit(STALLED_EXIT_CODE)

    def _run_report(self) -> None:
        """Run `report` in a thread of its own, because it may stall too."""
        self._is_ending.wait()
        self._report()
        self._is_reported.set()

"""What a replica has to load before it can work: in the background, while its port is open and answers probes."""

import os
import sys
import threading
import time
from collections.abc import Callable

import structlog
from flask import Flask, Response, request
from gunicorn.arbiter import Arbiter

from functions.runtime.app import READY, problem
from functions.runtime.errors import Unavailable, Unstartable
from functions.runtime.telemetry.replica import Replica

log = structlog.get_logger()


class Loading:
    """Runs `load` in a thread of its own; `done` says whether it has come to its end.

    What fails ends the process, which then is started again: it could serve nothing, and would wait for ever.
    """

    def __init__(self, load: Callable[[], None], replica: Replica) -> None:
        self._load, self._replica = load, replica
        self._ended = threading.Event()

    def begin(self) -> None:
        """Not before a fork: neither threads nor what models hold survive one."""
        threading.Thread(target=self._run, name="loading", daemon=True).start()

    @property
    def done(self) -> bool:
        return self._ended.is_set()

    def wait(self, seconds: float) -> None:
        """Raises Unavailable when it takes longer."""
        if not self._ended.wait(seconds):
            raise Unavailable("the function is still loading")

    def _run(self) -> None:
        began = time.time_ns()
        try:
            self._load()
        except BaseException as error:  # noqa: BLE001  # whatever it is, nothing can be served
            _end(error)
        self._replica.loaded(began)
        self._ended.set()


def add_loading(app: Flask, loading: Loading, patience_seconds: float) -> None:
    """Until all is loaded, be alive and not ready; an event that comes nevertheless waits for it so long."""

    @app.before_request
    def hold() -> tuple[Response, int] | None:
        if request.path == READY and not loading.done:
            return problem(503, "Not ready yet", "The function is still loading.")
        if request.method == "POST":
            loading.wait(patience_seconds)
        return None


def _end(error: BaseException) -> None:
    """One line of its kind, and what to do about it where we know that; then the end of the server above us too."""
    log.error("load.failed", error=type(error).__name__)
    if isinstance(error, Unstartable):
        sys.stderr.write(f"{error}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    # Of all that a worker may end with, gunicorn starts no other one in place of who ends with this.
    os._exit(Arbiter.APP_LOAD_ERROR)

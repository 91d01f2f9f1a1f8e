"""Background loading of models and other large data, while the port is open and answers health checks."""

import os
import sys
import threading
import time
from collections.abc import Callable

from flask import Flask, Response, request
from gunicorn.arbiter import Arbiter

from functions.runtime.app import READINESS_PATH, create_problem_response
from functions.runtime.errors import StartupError, Unavailable
from functions.runtime.log import get_logger
from functions.runtime.telemetry.replica import Replica

log = get_logger()


class BackgroundLoader:
    """A thread that runs `load` once.

    If `load` fails, the process ends and Knative starts another one: a replica without its models cannot do any work.
    """

    def __init__(self, load: Callable[[], None], replica: Replica) -> None:
        self._load, self._replica = load, replica
        self._loaded = threading.Event()

    def start(self) -> None:
        """Start the thread. Call this after a fork, because threads and loaded models do not survive a fork."""
        threading.Thread(target=self._run, name="loading", daemon=True).start()

    @property
    def is_loaded(self) -> bool:
        """Return whether `load` has returned."""
        return self._loaded.is_set()

    def wait(self, seconds: float) -> None:
        """Wait until `load` has returned. Raise Unavailable if this takes longer than `seconds`."""
        if not self._loaded.wait(seconds):
            raise Unavailable("the function is still loading")

    def _run(self) -> None:
        started_at_ns = time.time_ns()
        try:
            self._load()
        except BaseException as error:  # noqa: BLE001  # after any error the replica cannot work
            _end_process(error)
        self._replica.mark_loaded(started_at_ns)
        self._loaded.set()


def add_loading_checks(app: Flask, loader: BackgroundLoader, max_wait_seconds: float) -> None:
    """Make the app answer readiness probes with 503 while the loader runs.

    Events wait for the loader up to `max_wait_seconds`. After this time they are answered with 503.
    """

    @app.before_request
    def wait_for_loader() -> tuple[Response, int] | None:
        if request.path == READINESS_PATH and not loader.is_loaded:
            return create_problem_response(503, "Not ready yet", "The function is still loading.")
        if request.method == "POST":
            loader.wait(max_wait_seconds)
        return None


def _end_process(error: BaseException) -> None:
    """Log the type of the error, print the message of a StartupError, and end this process and its server."""
    log.error("load.failed", error=type(error).__name__)
    if isinstance(error, StartupError):
        sys.stderr.write(f"{error}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    # After this exit code gunicorn ends as well. After any other code gunicorn starts a new worker.
    os._exit(Arbiter.APP_LOAD_ERROR)

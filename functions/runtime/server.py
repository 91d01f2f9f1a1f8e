"""HTTP server of a function: gunicorn with one process and a thread per request. SIGTERM stops it gracefully."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from gunicorn.app.base import BaseApplication

from functions.runtime import log
from functions.runtime.app import add_watchdog
from functions.runtime.settings import Settings
from functions.runtime.telemetry.replica import read_process_start
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.watchdog import Watchdog

#: Threads in addition to one per request. They answer health checks while all other threads work.
PROBE_THREADS = 2

SettingsT = TypeVar("SettingsT", bound=Settings)

#: Creates the application of a function: connects its dependencies and passes telemetry to them.
Build = Callable[[SettingsT, Telemetry], Flask]


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """A gunicorn server that takes its options from code, and not from the command line."""

    def __init__(self, function: str, build: Callable[[Telemetry], Flask], options: dict[str, Any]) -> None:
        self._function, self._build, self._options = function, build, options
        self._telemetry: Telemetry | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in {**self._options, "worker_exit": self._close_telemetry}.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Create the application. This runs in the worker process, because Kafka clients do not survive a fork."""
        # The parent of this worker is gunicorn's main process. The replica started when that process started.
        self._telemetry = Telemetry.from_environment(self._function, read_process_start(os.getppid()))
        app = self._build(self._telemetry)
        self._telemetry.replica.mark_ready()
        return app

    def _close_telemetry(self, _server: object, _worker: object) -> None:
        if self._telemetry:
            self._telemetry.close()


def serve_function(
    function: str, build: Build[SettingsT], settings: SettingsT, *, max_header_bytes: int = 8190
) -> None:
    """Serve requests until SIGTERM, then finish the running ones.

    Answer 431 to a request that has a header field of more than `max_header_bytes`.
    """
    log.configure_logging(function, settings.log_level)
    options = {
        "bind": f"{settings.host}:{settings.port}",
        "worker_class": "gthread",
        "threads": settings.concurrency + PROBE_THREADS,
        # The watchdog measures each request. Gunicorn's own timeout only measures the worker's main loop.
        "timeout": 0,
        "graceful_timeout": int(settings.deadline_seconds) + 5,
        # Longer than any client keeps an idle connection, so gunicorn closes no connection while a request arrives.
        "keepalive": 620,
        "limit_request_field_size": max_header_bytes,
        # Extensions and Kafka headers become HTTP headers. A request with too many headers would become a dead letter
        # with too many headers, and Knative would redeliver it endlessly. So this is the largest limit of gunicorn.
        "limit_request_fields": 32_768,
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    _Server(function, lambda telemetry: _build_with_watchdog(build, settings, telemetry), options).run()


def _build_with_watchdog(build: Build[SettingsT], settings: SettingsT, telemetry: Telemetry) -> Flask:
    app = build(settings, telemetry)
    add_watchdog(app, Watchdog(settings.deadline_seconds, telemetry.report_timeout))
    return app

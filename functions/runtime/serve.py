"""Serving a function with gunicorn: one process, a thread per request, drained on SIGTERM."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from gunicorn.app.base import BaseApplication

from functions.runtime import log
from functions.runtime.app import add_watch
from functions.runtime.settings import Settings
from functions.runtime.telemetry.replica import created_at
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.watchdog import Watchdog

#: Threads beyond the requests, so that probes are answered while every request thread works.
PROBES = 2


S = TypeVar("S", bound=Settings)

#: Makes the function of its settings: connects everything, and tells of its work by this.
Build = Callable[[S, Telemetry], Flask]


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, function: str, build: Callable[[Telemetry], Flask], options: dict[str, Any]) -> None:
        self._function, self._build, self._options = function, build, options
        self._telemetry: Telemetry | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in {**self._options, "worker_exit": self._exit}.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called in the worker: neither Kafka clients nor threads survive a fork."""
        # The function's process is the one that Knative started, which forked this one.
        self._telemetry = Telemetry.begin(self._function, created_at(os.getppid()))
        app = self._build(self._telemetry)
        self._telemetry.replica.became_ready()
        return app

    def _exit(self, _server: object, _worker: object) -> None:
        if self._telemetry:
            self._telemetry.close()


def serve(function: str, build: Build[S], settings: S, *, longest_header: int = 8190) -> None:
    """Serve until SIGTERM, then finish what is in flight. A header of more bytes is answered with 400."""
    log.configure(function, settings.log_level)
    options = {
        "bind": f"{settings.host}:{settings.port}",
        "worker_class": "gthread",
        "threads": settings.concurrency + PROBES,
        # The watchdog knows requests; gunicorn's own timeout only knows the worker's main loop.
        "timeout": 0,
        "graceful_timeout": int(settings.deadline_seconds) + 5,
        # Longer than any caller keeps an idle connection, so that none is closed under a request.
        "keepalive": 620,
        "limit_request_field_size": longest_header,
        # Extensions and Kafka headers become HTTP headers. What is refused for their number would be refused as a dead
        # letter too, and go round for ever.
        "limit_request_fields": 32_768,
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    _Server(function, lambda telemetry: _watched(build, settings, telemetry), options).run()


def _watched(build: Build[S], settings: S, telemetry: Telemetry) -> Flask:
    app = build(settings, telemetry)
    add_watch(app, Watchdog(settings.deadline_seconds, telemetry.timed_out))
    return app

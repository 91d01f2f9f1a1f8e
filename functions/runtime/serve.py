"""Serving a function with gunicorn: one process, a thread per request, drained on SIGTERM."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from functions.runtime import log
from functions.runtime.settings import Settings

#: Threads beyond the requests, so that probes are answered while every request thread works.
PROBES = 2


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, build: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._build, self._options = build, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called in the worker: neither Kafka clients nor threads survive a fork."""
        return self._build()


def serve(function: str, build: Callable[[], Flask], settings: Settings, *, longest_header: int = 8190) -> None:
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
    _Server(build, options).run()

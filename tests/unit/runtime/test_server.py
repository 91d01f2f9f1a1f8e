"""The server of functions."""

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from flask import Flask, Response

from functions.runtime import server
from functions.runtime.settings import Settings
from functions.runtime.telemetry.telemetry import Telemetry
from tests.fakes import create_telemetry


def test_stalled_request_ends_process_after_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    monkeypatch.setattr("os._exit", lambda _: ended.set())
    apps: list[Flask] = []

    class Server:
        def __init__(self, _function: str, build: Callable[[Telemetry], Flask], _options: dict[str, Any]) -> None:
            apps.append(build(create_telemetry()))

        def run(self) -> None:
            """Do nothing: the test sends the requests."""

    def build(settings: Settings, _: Telemetry) -> Flask:
        app = Flask("stalled")

        @app.get("/")
        def stall() -> Response:
            return Response(f"ended: {ended.wait(5)}, deadline: {settings.deadline_seconds}")

        return app

    monkeypatch.setattr(server, "_Server", Server)
    monkeypatch.setattr("functions.runtime.log.configure_logging", lambda *_: None)
    server.serve_function("stalled", build, Settings(deadline_seconds=0.05))

    assert apps[0].test_client().get("/").text == "ended: True, deadline: 0.05"

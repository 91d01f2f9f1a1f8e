"""What is served is watched, whatever it is made of."""

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from flask import Flask, Response

from functions.runtime import serve as serving
from functions.runtime.settings import Settings
from functions.runtime.telemetry.telemetry import Telemetry
from tests.fakes import telemetry


def test_a_function_that_is_stuck_is_ended_after_the_deadline_of_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    monkeypatch.setattr("os._exit", lambda _: ended.set())
    made: list[Flask] = []

    class Server:
        def __init__(self, _function: str, build: Callable[[Telemetry], Flask], _options: dict[str, Any]) -> None:
            made.append(build(telemetry()))

        def run(self) -> None:
            """Requests come from the test."""

    def build(settings: Settings, _: Telemetry) -> Flask:
        app = Flask("stuck")

        @app.get("/")
        def stuck() -> Response:
            return Response(f"ended: {ended.wait(5)}, deadline: {settings.deadline_seconds}")

        return app

    monkeypatch.setattr(serving, "_Server", Server)
    monkeypatch.setattr("functions.runtime.log.configure", lambda *_: None)
    serving.serve("stuck", build, Settings(deadline_seconds=0.05))

    assert made[0].test_client().get("/").text == "ended: True, deadline: 0.05"

"""Background loading: the port is open at once, and readiness follows after loading."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from functions.runtime.app import add_error_handlers, add_health_checks
from functions.runtime.errors import StartupError
from functions.runtime.loading import BackgroundLoader, add_loading_checks
from functions.runtime.telemetry.replica import Replica
from tests.kit import wait_for

_SOON = 10.0


@pytest.fixture
def gate() -> Iterator[Event]:
    """Return an event that the load function waits for. It is always set at the end of a test."""
    gate = Event()
    yield gate
    gate.set()


def start_loader(load: Callable[[], object], replica: Replica | None = None) -> BackgroundLoader:
    def run() -> None:
        load()

    loader = BackgroundLoader(run, replica or Replica("tested", 0))
    loader.start()
    return loader


def create_client(loader: BackgroundLoader, max_wait: float = _SOON) -> FlaskClient:
    app = Flask("tested")
    add_health_checks(app)
    add_error_handlers(app)
    add_loading_checks(app, loader, max_wait)

    @app.post("/")
    def handle() -> Response:
        return Response(f"loaded: {loader.is_loaded}")

    return app.test_client()


def test_loading_replica_is_alive_and_ready_after_loading(gate: Event) -> None:
    loader = start_loader(gate.wait)
    replica = create_client(loader)
    assert (replica.get("/health/live").status_code, replica.get("/health/ready").status_code) == (204, 503)
    gate.set()
    loader.wait(_SOON)
    assert (replica.get("/health/live").status_code, replica.get("/health/ready").status_code) == (204, 204)


def test_early_event_waits_until_replica_has_loaded(gate: Event) -> None:
    loader = start_loader(gate.wait)
    with ThreadPoolExecutor(1) as threads:
        response = threads.submit(create_client(loader).post, "/")
        assert not response.done()
        gate.set()
        assert response.result(_SOON).text == "loaded: True"


def test_event_that_waits_too_long_gets_503(gate: Event) -> None:
    assert create_client(start_loader(gate.wait), max_wait=0.01).post("/").status_code == 503


def test_end_of_loading_is_when_replica_becomes_ready(gate: Event) -> None:
    replica = Replica("tested", 0)
    replica.mark_ready()
    ready_before = replica.ready_at_ns
    loader = start_loader(lambda: gate.wait(0.05), replica)
    loader.wait(_SOON)
    assert replica.loading_interval is not None
    started_at, ended_at = replica.loading_interval
    assert ready_before < started_at < ended_at == replica.ready_at_ns


def test_instant_loading_is_not_recorded() -> None:
    replica = Replica("tested", 0)
    start_loader(lambda: None, replica).wait(_SOON)
    assert (replica.loading_interval, replica.ready_at_ns > 0) == (None, True)


@pytest.mark.parametrize(
    ("error", "message"),
    [(StartupError("MODEL_DIR: do this."), "MODEL_DIR: do this.\n"), (RuntimeError("a secret"), "")],
    ids=["startup error", "other error"],
)
def test_failed_loading_ends_process_with_one_log_line(
    error: Exception, message: str, gate: Event, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_codes: list[int] = []

    def end(status: int) -> None:
        exit_codes.append(status)
        gate.wait(_SOON)  # the real os._exit does not return

    def fail() -> None:
        raise error

    monkeypatch.setattr("os._exit", end)
    loader = start_loader(fail)
    wait_for(lambda: exit_codes, within=_SOON)
    assert not loader.is_loaded
    assert exit_codes == [4], "with this exit code, gunicorn ends and starts no other worker"
    out, err = capsys.readouterr()
    assert err == message
    assert json.dumps(out).count("load.failed") == 1
    assert "secret" not in out

"""A replica's port is open at once; what it has to load comes after that."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from functions.runtime.app import add_health, add_problems
from functions.runtime.errors import Unstartable
from functions.runtime.loading import Loading, add_loading
from functions.runtime.telemetry.replica import Replica
from tests.kit import eventually

_SOON = 10.0


@pytest.fixture
def gate() -> Iterator[Event]:
    """What a load waits for; open at the end, whatever becomes of a test."""
    gate = Event()
    yield gate
    gate.set()


def begun(load: Callable[[], object], replica: Replica | None = None) -> Loading:
    def run() -> None:
        load()

    loading = Loading(run, replica or Replica("tested", 0))
    loading.begin()
    return loading


def client(loading: Loading, patience: float = _SOON) -> FlaskClient:
    app = Flask("tested")
    add_health(app)
    add_problems(app)
    add_loading(app, loading, patience)

    @app.post("/")
    def work() -> Response:
        return Response(f"loaded: {loading.done}")

    return app.test_client()


def test_a_replica_that_loads_is_alive_and_becomes_ready_when_it_has_loaded(gate: Event) -> None:
    loading = begun(gate.wait)
    replica = client(loading)
    assert (replica.get("/health/live").status_code, replica.get("/health/ready").status_code) == (204, 503)
    gate.set()
    loading.wait(_SOON)
    assert (replica.get("/health/live").status_code, replica.get("/health/ready").status_code) == (204, 204)


def test_an_event_that_comes_too_early_waits_and_is_then_worked_on(gate: Event) -> None:
    loading = begun(gate.wait)
    with ThreadPoolExecutor(1) as threads:
        early = threads.submit(client(loading).post, "/")
        assert not early.done()
        gate.set()
        assert early.result(_SOON).text == "loaded: True"


def test_an_event_waits_no_longer_than_it_may_and_is_sent_again(gate: Event) -> None:
    assert client(begun(gate.wait), patience=0.01).post("/").status_code == 503


def test_a_replica_became_ready_when_it_had_loaded_and_tells_of_that(gate: Event) -> None:
    replica = Replica("tested", 0)
    replica.became_ready()
    opened = replica.ready
    loading = begun(lambda: gate.wait(0.05), replica)
    loading.wait(_SOON)
    assert replica.loading is not None
    began, ended = replica.loading
    assert opened < began < ended == replica.ready


def test_a_load_that_is_nothing_is_not_told_of() -> None:
    replica = Replica("tested", 0)
    begun(lambda: None, replica).wait(_SOON)
    assert (replica.loading, replica.ready > 0) == (None, True)


@pytest.mark.parametrize(
    ("error", "told"),
    [(Unstartable("MODEL_DIR: do this."), "MODEL_DIR: do this.\n"), (RuntimeError("a secret"), "")],
    ids=["what can be mended", "what cannot"],
)
def test_a_load_that_fails_ends_the_process_with_one_line_of_its_kind(
    error: Exception, told: str, gate: Event, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended: list[int] = []

    def end(status: int) -> None:
        ended.append(status)
        gate.wait(_SOON)  # the real one does not come back at all

    def fail() -> None:
        raise error

    monkeypatch.setattr("os._exit", end)
    loading = begun(fail)
    eventually(lambda: ended, within=_SOON)
    assert not loading.done
    assert ended == [4], "gunicorn ends with it, and starts no other worker"
    out, err = capsys.readouterr()
    assert err == told
    assert json.dumps(out).count("load.failed") == 1
    assert "secret" not in out

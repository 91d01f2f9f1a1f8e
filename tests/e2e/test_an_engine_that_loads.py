"""An engine with a model as a process of its own: from its start to a page's text, and what it says without a model."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from events.topics import OUTCOMES
from local.platform import lifecycle
from local.platform.state import free_port
from tests.checkpoints.device import DEVICE
from tests.checkpoints.lines import HOME, LINES, document
from tests.kit import Running, body, deliver, eventually

_LOADED_S, _ENDED_S = 240.0, 60.0
TEXT = LINES[1]


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Running]:
    """What an engine talks to, and nothing else of Pagebus."""
    endpoints = lifecycle.start("embedded", tmp_path, None)
    yield Running(tmp_path, endpoints.environment())
    lifecycle.stop(tmp_path)


@contextmanager
def engine(bus: Running, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """GOT-OCR's address and process; ended with everything that it started."""
    port = free_port()
    environment = (
        os.environ | bus.environment | {"PORT": str(port), "DEVICE": DEVICE, "OMP_NUM_THREADS": "1"} | settings
    )
    command = [sys.executable, "-m", "functions.gotocr.main"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=_ENDED_S)


def status(url: str) -> int:
    """Of what answers there; 0 when nothing does."""
    try:
        return requests.get(url, timeout=5).status_code
    except requests.ConnectionError:
        return 0


def test_an_engine_is_alive_at_once_ready_when_it_has_loaded_and_reads_what_came_meanwhile(bus: Running) -> None:
    page = bus.requested(document(TEXT), "application/pdf", "gotocr")
    with (
        engine(bus, MODEL_DIR=str(HOME / "got"), DEADLINE_SECONDS=str(_LOADED_S)) as (url, _),
        ThreadPoolExecutor(1) as it,
    ):
        eventually(lambda: status(f"{url}/health/live") == 204, within=_LOADED_S)
        early = it.submit(deliver, page, url, within=2 * _LOADED_S)
        assert status(f"{url}/health/ready") == 503
        eventually(lambda: status(f"{url}/health/ready") == 204, within=_LOADED_S)
        assert early.result().status_code == 204
    (record,) = bus.said(OUTCOMES, page.document)
    said = body(record)
    assert (said["text"], said["engine"], said["best_effort"]) == (TEXT, "gotocr", False)
    assert said["confidence"] > 0.9


def test_a_directory_without_a_model_is_named_before_anything_starts(bus: Running, tmp_path: Path) -> None:
    with engine(bus, MODEL_DIR=str(tmp_path / "nowhere")) as (_, process):
        _, told = process.communicate(timeout=_ENDED_S)
    assert process.returncode == 2
    assert told.startswith(f"MODEL_DIR: {tmp_path / 'nowhere'} is no directory")
    assert told.count("\n") == 1


def test_a_model_that_is_not_whole_ends_the_process_with_a_line_that_names_it(bus: Running, tmp_path: Path) -> None:
    torso = tmp_path / "torso"
    torso.mkdir()
    (torso / "config.json").write_bytes((HOME / "got" / "config.json").read_bytes())
    with engine(bus, MODEL_DIR=str(torso)) as (_, process):
        logged, told = process.communicate(timeout=_LOADED_S)
    assert process.returncode == 4
    assert f"MODEL_DIR: {torso} holds no whole checkpoint of transformers.\n" in told
    assert logged.count("load.failed") == 1
    assert "Traceback" not in told + logged

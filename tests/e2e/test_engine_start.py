"""Tests of an engine process with a model: its start, its first page, and its errors without a model."""

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
from local.platform.state import find_free_port
from tests.checkpoints.device import DEVICE
from tests.checkpoints.lines import LINES, MODELS_DIR, build_document
from tests.kit import PagebusStack, deliver, parse_body, wait_for

_LOADED_S, _ENDED_S = 240.0, 60.0
TEXT = LINES[1]


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PagebusStack]:
    """Run only the platform: the servers that an engine uses, without the twin."""
    endpoints = lifecycle.start_platform("embedded", tmp_path, None)
    yield PagebusStack(tmp_path, endpoints.as_environment())
    lifecycle.stop_platform(tmp_path)


@contextmanager
def run_engine(bus: PagebusStack, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start GOT-OCR, yield its URL and its process, and stop it at the end."""
    port = find_free_port()
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


def get_status(url: str) -> int:
    """Return the status of the answer, or 0 if there is none."""
    try:
        return requests.get(url, timeout=5).status_code
    except requests.ConnectionError:
        return 0


def test_engine_is_ready_after_loading_and_reads_early_request(bus: PagebusStack) -> None:
    page = bus.create_request(build_document(TEXT), "application/pdf", "gotocr")
    with (
        run_engine(bus, MODEL_DIR=str(MODELS_DIR / "got"), DEADLINE_SECONDS=str(_LOADED_S)) as (url, _),
        ThreadPoolExecutor(1) as executor,
    ):
        wait_for(lambda: get_status(f"{url}/health/live") == 204, within=_LOADED_S)
        early = executor.submit(deliver, page, url, within=2 * _LOADED_S)
        assert get_status(f"{url}/health/ready") == 503
        wait_for(lambda: get_status(f"{url}/health/ready") == 204, within=_LOADED_S)
        assert early.result().status_code == 204
    (record,) = bus.read_document_records(OUTCOMES, page.document)
    outcome = parse_body(record)
    assert (outcome["text"], outcome["engine"], outcome["best_effort"]) == (TEXT, "gotocr", False)
    assert outcome["confidence"] > 0.9


def test_missing_model_directory_is_named_before_start(bus: PagebusStack, tmp_path: Path) -> None:
    with run_engine(bus, MODEL_DIR=str(tmp_path / "nowhere")) as (_, process):
        _, errors = process.communicate(timeout=_ENDED_S)
    assert process.returncode == 2
    assert errors.startswith(f"MODEL_DIR: {tmp_path / 'nowhere'} is not a directory")
    assert errors.count("\n") == 1


def test_incomplete_model_ends_process_and_is_named(bus: PagebusStack, tmp_path: Path) -> None:
    incomplete = tmp_path / "incomplete"
    incomplete.mkdir()
    (incomplete / "config.json").write_bytes((MODELS_DIR / "got" / "config.json").read_bytes())
    with run_engine(bus, MODEL_DIR=str(incomplete)) as (_, process):
        logs, errors = process.communicate(timeout=_LOADED_S)
    assert process.returncode == 4
    assert f"MODEL_DIR: {incomplete} has no complete checkpoint of transformers.\n" in errors
    assert logs.count("load.failed") == 1
    assert "Traceback" not in errors + logs

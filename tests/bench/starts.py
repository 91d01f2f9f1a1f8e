"""`python -m tests.bench.starts [ENGINE ...]`: measure the time from an engine's start to its first page.

The table has wall-clock seconds, and seconds of CPU, which other programs hardly change. The page waits in the request
that wakes the engine, as with Knative's activator.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil
import requests
from rich.table import Table

from local.cli.shell.screen import notes, out
from local.platform import lifecycle
from local.platform.state import find_free_port
from tests.bench.documents import SCANS, load_sample, make_unique
from tests.kit import ROOT, PagebusStack, deliver

#: Environment variables of each engine in addition to the platform's. Engines with models get tiny ones.
ENGINES: Mapping[str, dict[str, str]] = {
    "tesseract": {},
    "rapidocr": {},
    "gotocr": {"MODEL_DIR": str(ROOT / "tests" / "checkpoints" / "tiny" / "got"), "DEVICE": "cpu", "LANGUAGES": "deu"},
}
_ROUNDS, _TIMEOUT_S, _POLL_INTERVAL_S = 3, 300.0, 0.02


class StartTimes(NamedTuple):
    """Seconds from the process start until it is alive, is ready, and has read its first page.

    `cpu` and `megabytes` are the resources used until it is ready.
    """

    alive: float
    ready: float
    first: float
    cpu: float
    megabytes: float


def run() -> None:
    """Print a table with a row per engine: the median of three starts, after one that fills the file cache."""
    engines = [name for name in _parse_arguments() if find_spec(f"functions.{name}")]
    table = Table("engine", "alive s", "ready s", "first page s", "CPU s to ready", "MB", box=None, pad_edge=False)
    with TemporaryDirectory(prefix="pagebus-starts-") as folder, _start_platform(Path(folder)) as platform:
        for name in engines:
            notes.print(f"{name}: starting {_ROUNDS + 1} times", markup=False)
            starts = [_measure_start(name, platform) for _ in range(_ROUNDS + 1)][1:]
            table.add_row(name, *(f"{median(values):.2f}" for values in zip(*starts, strict=True)))
    out.print(table)


@contextmanager
def _start_platform(home: Path) -> Iterator[PagebusStack]:
    endpoints = lifecycle.start_platform("embedded", home, None)
    try:
        yield PagebusStack(home, endpoints.as_environment())
    finally:
        lifecycle.stop_platform(home)


def _measure_start(engine: str, platform: PagebusStack) -> StartTimes:
    page, port = platform.create_request(make_unique(load_sample(SCANS[0])), "image/png", engine), find_free_port()
    environment = os.environ | platform.environment | ENGINES[engine] | {"PORT": str(port)}
    began = time.monotonic()
    command = [sys.executable, "-m", f"functions.{engine}.main"]
    with subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL) as process:
        try:
            alive = _wait_for_answer(f"http://127.0.0.1:{port}/health/live") - began
            ready = _wait_for_answer(f"http://127.0.0.1:{port}/health/ready") - began
            cpu, megabytes = _measure_usage(process.pid)
            deliver(page, f"http://127.0.0.1:{port}", within=_TIMEOUT_S).raise_for_status()
            return StartTimes(alive, ready, time.monotonic() - began, cpu, megabytes)
        finally:
            process.send_signal(signal.SIGTERM)


def _wait_for_answer(url: str) -> float:
    """Return the monotonic time of the first successful answer. Raise TimeoutError if none comes."""
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=_TIMEOUT_S).ok:
                return time.monotonic()
        except requests.ConnectionError:
            pass
        time.sleep(_POLL_INTERVAL_S)
    raise TimeoutError(f"No successful answer from {url} within {_TIMEOUT_S:.0f} s.")


def _measure_usage(pid: int) -> tuple[float, float]:
    """Return seconds of CPU and megabytes (PSS) of a process and all its children."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    times = [member.cpu_times() for member in processes]
    return sum(used.user + used.system for used in times), sum(
        member.memory_full_info().pss for member in processes
    ) / 1e6


def _parse_arguments() -> list[str]:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.starts", description=__doc__)
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=", ".join(ENGINES))
    return parser.parse_args().engines or [*ENGINES]


if __name__ == "__main__":
    run()

"""`python -m tests.bench.starts [ENGINE ...]`: from an engine's process to its first page.

Seconds on the clock, and of CPU, which others on the machine hardly change. The page waits in the request that wakes
the engine, as Knative's activator lets it.
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

from local.cli.screen import notes, out
from local.platform import lifecycle
from local.platform.state import free_port
from tests.bench.documents import SCANS, sample, varied
from tests.kit import ROOT, Running, deliver

#: What each engine wants beside the platform; those with models get tiny ones.
ENGINES: Mapping[str, dict[str, str]] = {
    "tesseract": {},
    "rapidocr": {},
    "gotocr": {"MODEL_DIR": str(ROOT / "tests" / "checkpoints" / "tiny" / "got"), "DEVICE": "cpu", "LANGUAGES": "deu"},
}
_ROUNDS, _WITHIN_S, _LOOK_S = 3, 300.0, 0.02


class Start(NamedTuple):
    """Seconds since the process began: alive, ready, and a page read; CPU until ready; and megabytes then."""

    alive: float
    ready: float
    first: float
    cpu: float
    megabytes: float


def run() -> None:
    """A row per engine: the median of three starts, after one that warms the caches of files."""
    engines = [name for name in _arguments() if find_spec(f"functions.{name}")]
    table = Table("engine", "alive s", "ready s", "first page s", "CPU s to ready", "MB", box=None, pad_edge=False)
    with TemporaryDirectory(prefix="pagebus-starts-") as folder, _platform(Path(folder)) as platform:
        for name in engines:
            notes.print(f"{name}: starting {_ROUNDS + 1} times", markup=False)
            starts = [_started(name, platform) for _ in range(_ROUNDS + 1)][1:]
            table.add_row(name, *(f"{median(values):.2f}" for values in zip(*starts, strict=True)))
    out.print(table)


@contextmanager
def _platform(home: Path) -> Iterator[Running]:
    endpoints = lifecycle.start("embedded", home, None)
    try:
        yield Running(home, endpoints.environment())
    finally:
        lifecycle.stop(home)


def _started(engine: str, platform: Running) -> Start:
    page, port = platform.requested(varied(sample(SCANS[0])), "image/png", engine), free_port()
    environment = os.environ | platform.environment | ENGINES[engine] | {"PORT": str(port)}
    began = time.monotonic()
    command = [sys.executable, "-m", f"functions.{engine}.main"]
    with subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL) as process:
        try:
            alive = _answering(f"http://127.0.0.1:{port}/health/live") - began
            ready = _answering(f"http://127.0.0.1:{port}/health/ready") - began
            cpu, megabytes = _used(process.pid)
            deliver(page, f"http://127.0.0.1:{port}", within=_WITHIN_S).raise_for_status()
            return Start(alive, ready, time.monotonic() - began, cpu, megabytes)
        finally:
            process.send_signal(signal.SIGTERM)


def _answering(url: str) -> float:
    """When it answered well for the first time. Raises TimeoutError."""
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        try:
            if requests.get(url, timeout=_WITHIN_S).ok:
                return time.monotonic()
        except requests.ConnectionError:
            pass
        time.sleep(_LOOK_S)
    raise TimeoutError(f"nothing answered at {url}")


def _used(pid: int) -> tuple[float, float]:
    """Seconds of CPU and megabytes of its own, by the process and those that it started."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    times = [member.cpu_times() for member in family]
    return sum(at.user + at.system for at in times), sum(member.memory_full_info().pss for member in family) / 1e6


def _arguments() -> list[str]:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.starts", description=__doc__)
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=", ".join(ENGINES))
    return parser.parse_args().engines or [*ENGINES]


if __name__ == "__main__":
    run()

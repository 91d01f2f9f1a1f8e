"""`python -m tests.bench.sharing`: RapidOCR on two cores, shared out among processes, pages at a time and threads.

Pages are those of PAGEBUS_CORPUS, or else our own samples. Seconds are on the clock, so the machine has to be idle.
"""

import resource
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.table import Table

from functions.rapidocr.reader import Rapidocr
from functions.rapidocr.settings import RapidocrSettings
from local.cli.screen import notes, out
from tests.bench.documents import corpus
from tests.bench.engine import raster

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue

_PAGES, _LOADED_WITHIN_S = 16, 120.0


class Shares(NamedTuple):
    """Replicas of the function, pages at a time in each (CONCURRENCY), and threads per page (ORT_THREADS)."""

    processes: int
    pages: int
    threads: int


WAYS = (Shares(1, 1, 1), Shares(1, 1, 2), Shares(1, 2, 1), Shares(1, 2, 2), Shares(2, 1, 1), Shares(2, 1, 2))


class Spent(NamedTuple):
    """When a process began to read and ended, in seconds on the machine's clock; its CPU; its largest resident size."""

    began: float
    ended: float
    cpu: float
    megabytes: float


def run() -> None:
    """A row per way."""
    files = corpus()
    read = [files[number % len(files)] for number in range(_PAGES)]
    titles = ("processes", "pages at a time", "threads", "s a page", "CPU s a page", "peak MB of all")
    table = Table(*titles, box=None, pad_edge=False)
    for shares in WAYS:
        notes.print(f"{shares.processes} x {shares.pages} x {shares.threads}: reading {_PAGES} pages", markup=False)
        table.add_row(*map(str, shares), *_cells(_shared(shares, read)))
    out.print(table)


def _shared(shares: Shares, files: Sequence[Path]) -> list[Spent]:
    context = get_context("spawn")
    ready, told = context.Barrier(shares.processes), context.SimpleQueue()
    parts = [files[number :: shares.processes] for number in range(shares.processes)]
    replicas = [context.Process(target=_read, args=(shares, part, ready, told)) for part in parts]
    for replica in replicas:
        replica.start()
    for replica in replicas:
        replica.join()
    if any(replica.exitcode for replica in replicas):
        raise RuntimeError("a process ended before its pages were read")
    return [told.get() for _ in replicas]


def _read(shares: Shares, files: Sequence[Path], ready: Barrier, told: "SimpleQueue[Spent]") -> None:
    settings = {"kafka_bootstrap_servers": "nowhere:9092", "ort_threads": shares.threads}
    reader = Rapidocr(RapidocrSettings.model_validate(settings))
    reader.load()
    pages = [raster(file.read_bytes()) for file in files]
    ready.wait(_LOADED_WITHIN_S)
    began, cpu = time.time(), time.process_time()
    with ThreadPoolExecutor(shares.pages) as threads:
        list(threads.map(lambda page: reader.read(page, ("deu",)), pages))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    told.put(Spent(began, time.time(), time.process_time() - cpu, peak))


def _cells(spent: Iterable[Spent]) -> tuple[str, ...]:
    began, ended, cpu, megabytes = zip(*spent, strict=True)
    return f"{(max(ended) - min(began)) / _PAGES:.2f}", f"{sum(cpu) / _PAGES:.2f}", f"{sum(megabytes):.0f}"


if __name__ == "__main__":
    run()

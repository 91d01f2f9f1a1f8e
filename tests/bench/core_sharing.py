"""`python -m tests.bench.core_sharing`: compare ways to share two cores in RapidOCR.

The ways differ in the numbers of processes, of pages at a time in each, and of threads per page.

The pages come from PAGEBUS_CORPUS if it is set, and from the samples of this repository otherwise. Seconds are
wall-clock time, so the machine must be idle.
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
from local.cli.shell.screen import notes, out
from tests.bench.documents import list_corpus_files
from tests.bench.engine import decode_first_page

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue

_PAGES, _LOAD_TIMEOUT_S = 16, 120.0


class CoreShares(NamedTuple):
    """Numbers of function replicas, of pages at a time in each (CONCURRENCY), and of threads per page (ORT_THREADS)."""

    processes: int
    pages: int
    threads: int


VARIANTS = (
    CoreShares(1, 1, 1),
    CoreShares(1, 1, 2),
    CoreShares(1, 2, 1),
    CoreShares(1, 2, 2),
    CoreShares(2, 1, 1),
    CoreShares(2, 1, 2),
)


class ProcessUsage(NamedTuple):
    """The resources of a process that reads pages.

    `began` and `ended` are times in seconds since 1970. `cpu` has seconds, `megabytes` the largest resident size.
    """

    began: float
    ended: float
    cpu: float
    megabytes: float


def run() -> None:
    """Print a table with a row per variant."""
    files = list_corpus_files()
    pages = [files[number % len(files)] for number in range(_PAGES)]
    titles = ("processes", "pages at a time", "threads", "s per page", "CPU s per page", "peak MB of all")
    table = Table(*titles, box=None, pad_edge=False)
    for shares in VARIANTS:
        notes.print(f"{shares.processes} x {shares.pages} x {shares.threads}: reading {_PAGES} pages", markup=False)
        table.add_row(*map(str, shares), *_format_cells(_run_processes(shares, pages)))
    out.print(table)


def _run_processes(shares: CoreShares, files: Sequence[Path]) -> list[ProcessUsage]:
    context = get_context("spawn")
    ready, results = context.Barrier(shares.processes), context.SimpleQueue()
    parts = [files[number :: shares.processes] for number in range(shares.processes)]
    replicas = [context.Process(target=_read_pages, args=(shares, part, ready, results)) for part in parts]
    for replica in replicas:
        replica.start()
    for replica in replicas:
        replica.join()
    if any(replica.exitcode for replica in replicas):
        raise RuntimeError("A process ended before it had read its pages.")
    return [results.get() for _ in replicas]


def _read_pages(
    shares: CoreShares, files: Sequence[Path], ready: Barrier, results: "SimpleQueue[ProcessUsage]"
) -> None:
    settings = {"kafka_bootstrap_servers": "nowhere:9092", "ort_threads": shares.threads}
    reader = Rapidocr(RapidocrSettings.model_validate(settings))
    reader.load()
    pages = [decode_first_page(file.read_bytes()) for file in files]
    ready.wait(_LOAD_TIMEOUT_S)
    began, cpu = time.time(), time.process_time()
    with ThreadPoolExecutor(shares.pages) as threads:
        list(threads.map(lambda page: reader.read(page, ("deu",)), pages))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    results.put(ProcessUsage(began, time.time(), time.process_time() - cpu, peak))


def _format_cells(spent: Iterable[ProcessUsage]) -> tuple[str, ...]:
    began, ended, cpu, megabytes = zip(*spent, strict=True)
    return f"{(max(ended) - min(began)) / _PAGES:.2f}", f"{sum(cpu) / _PAGES:.2f}", f"{sum(megabytes):.0f}"


if __name__ == "__main__":
    run()

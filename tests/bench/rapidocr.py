"""`python -m tests.bench.rapidocr [VARIANT ...]`: what RapidOCR's settings cost, in seconds and in characters.

Pages are those of PAGEBUS_CORPUS, a folder of documents beside their NAME.gt.txt, or else our own samples. Seconds are
CPU's, of all threads together: the rest of the machine hardly changes them.
"""

import argparse
import resource
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from rich.table import Table

from functions.rapidocr.reader import Rapidocr
from functions.rapidocr.settings import RapidocrSettings
from local.cli.screen import notes, out
from local.evaluation.measures import measure
from tests.bench.documents import corpus
from tests.bench.engine import raster

Changes = Mapping[str, float]

#: What is changed of the defaults.
VARIANTS: Mapping[str, Changes] = {
    "as it is": {},
    "2 threads a page": {"ort_threads": 2},
    "pages of 736 px": {"detection_side": 736},
    "pages of 960 px": {"detection_side": 960},
    "pages of 1120 px": {"detection_side": 1120},
    "pages of 1600 px": {"detection_side": 1600},
    "pages of 2000 px": {"detection_side": 2000},
    "6 lines a pass": {"line_batch": 6},
    "all lines": {"min_line_confidence": 0.0},
}


class Cost(NamedTuple):
    """Of one page: seconds of CPU, seconds on the clock by step, and the share of characters that are wrong."""

    cpu: float
    detection: float
    recognition: float
    wrong: float


class Result(NamedTuple):
    """Of a variant, with its process's largest resident size."""

    costs: list[Cost]
    megabytes: float


def run() -> None:
    """A row per variant, each in a process of its own, one after the other."""
    chosen, files = _arguments(), corpus()
    table = Table("variant", "CPU s", "detection s", "recognition s", "CER", "peak MB", box=None, pad_edge=False)
    for name in chosen:
        notes.print(f"{name}: reading {len(files)} pages", markup=False)
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            result = alone.submit(_measured, VARIANTS[name], files).result()
        table.add_row(name, *_cells(result))
    out.print(table)


def _measured(changes: Changes, files: list[Path]) -> Result:
    reader = Rapidocr(RapidocrSettings.model_validate({"kafka_bootstrap_servers": "nowhere:9092", **changes}))
    reader.load()
    costs = [_cost(reader, file) for file in files]
    return Result(costs, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


def _cost(reader: Rapidocr, file: Path) -> Cost:
    page, began = raster(file.read_bytes()), time.process_time()
    reading = reader.read(page, ("deu",))
    cpu = time.process_time() - began
    truth = file.with_suffix(".gt.txt").read_text("utf-8").split("\f")[0]
    wrong = measure(truth, reading.text).cer
    return Cost(cpu, reading.timings["detection"], reading.timings["recognition"], wrong)


def _cells(result: Result) -> Iterator[str]:
    cpu, detection, recognition, wrong = zip(*result.costs, strict=True)
    yield from (f"{sum(each):.1f}" for each in (cpu, detection, recognition))
    yield f"{100 * fmean(wrong):.2f} %"
    yield f"{result.megabytes:.0f}"


def _arguments() -> list[str]:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rapidocr", description=__doc__)
    parser.add_argument("variants", nargs="*", choices=[*VARIANTS, []], metavar="VARIANT", help=", ".join(VARIANTS))
    return parser.parse_args().variants or [*VARIANTS]


if __name__ == "__main__":
    run()

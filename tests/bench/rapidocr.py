"""`python -m tests.bench.rapidocr [VARIANT ...]`: measure time and accuracy of RapidOCR's settings.

The pages come from PAGEBUS_CORPUS, a folder of documents with texts in NAME.gt.txt, if it is set. Otherwise they are
the samples of this repository. Seconds are CPU time of all threads, which other programs hardly change.
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
from local.cli.shell.screen import notes, out
from local.evaluation.metrics import compare_with_truth
from tests.bench.documents import list_corpus_files
from tests.bench.engine import decode_first_page

Changes = Mapping[str, float]

#: Changes of the default settings, by the name of the variant.
VARIANTS: Mapping[str, Changes] = {
    "defaults": {},
    "2 threads per page": {"ort_threads": 2},
    "pages of 736 px": {"detection_side": 736},
    "pages of 960 px": {"detection_side": 960},
    "pages of 1120 px": {"detection_side": 1120},
    "pages of 1600 px": {"detection_side": 1600},
    "pages of 2000 px": {"detection_side": 2000},
    "6 lines per pass": {"line_batch": 6},
    "all lines": {"min_line_confidence": 0.0},
}


class PageCost(NamedTuple):
    """The cost of a page: seconds of CPU, wall-clock seconds of each step, and the character error rate."""

    cpu: float
    detection: float
    recognition: float
    error_rate: float


class VariantResult(NamedTuple):
    """The costs of all pages with a variant, and the largest resident size of its process in megabytes."""

    costs: list[PageCost]
    megabytes: float


def run() -> None:
    """Print a table with a row per variant. Each variant runs in its own process, one after the other."""
    chosen, files = _parse_arguments(), list_corpus_files()
    table = Table("variant", "CPU s", "detection s", "recognition s", "CER", "peak MB", box=None, pad_edge=False)
    for name in chosen:
        notes.print(f"{name}: reading {len(files)} pages", markup=False)
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            result = alone.submit(_measure_variant, VARIANTS[name], files).result()
        table.add_row(name, *_format_cells(result))
    out.print(table)


def _measure_variant(changes: Changes, files: list[Path]) -> VariantResult:
    reader = Rapidocr(RapidocrSettings.model_validate({"kafka_bootstrap_servers": "nowhere:9092", **changes}))
    reader.load()
    costs = [_measure_page(reader, file) for file in files]
    return VariantResult(costs, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


def _measure_page(reader: Rapidocr, file: Path) -> PageCost:
    page, began = decode_first_page(file.read_bytes()), time.process_time()
    reading = reader.read(page, ("deu",))
    cpu = time.process_time() - began
    truth = file.with_suffix(".gt.txt").read_text("utf-8").split("\f")[0]
    error_rate = compare_with_truth(truth, reading.text).cer
    return PageCost(cpu, reading.timings["detection"], reading.timings["recognition"], error_rate)


def _format_cells(result: VariantResult) -> Iterator[str]:
    cpu, detection, recognition, error_rate = zip(*result.costs, strict=True)
    yield from (f"{sum(each):.1f}" for each in (cpu, detection, recognition))
    yield f"{100 * fmean(error_rate):.2f} %"
    yield f"{result.megabytes:.0f}"


def _parse_arguments() -> list[str]:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rapidocr", description=__doc__)
    parser.add_argument("variants", nargs="*", choices=[*VARIANTS, []], metavar="VARIANT", help=", ".join(VARIANTS))
    return parser.parse_args().variants or [*VARIANTS]


if __name__ == "__main__":
    run()

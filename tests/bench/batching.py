"""Measure how batches reduce the time per page: seconds by batch size, with the tiny models on a CPU."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from functions.deepseek.reader import DeepSeek
from functions.deepseek.settings import DeepSeekSettings
from functions.engine.reader import Reader
from functions.gotocr.reader import GotOcr
from functions.gotocr.settings import GotOcrSettings
from tests.bench.figures import BATCH_MODELS, BATCH_SIZES, Figure
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.checkpoints.lines import LINES, MODELS_DIR, render_page
from tests.kit import PagebusStack

#: Long enough that every batch is full.
_BATCH_WAIT_MS = 10_000
_ENGINES: dict[str, Callable[..., Reader]] = {
    "got": lambda **settings: GotOcr(GotOcrSettings(**settings)),
    "janus": lambda **settings: DeepSeek(DeepSeekSettings(**settings)),
    "deepseek": lambda **settings: DeepSeek(DeepSeekSettings(**settings)),
}


def measure(_: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    for model in BATCH_MODELS:
        for batch in BATCH_SIZES:
            seconds, cpu = _measure_page(_load_reader(model, batch), batch, sizes.forward_passes)
            log(f"batching: {model}, batches of {batch}: {seconds:.3f} s per page, {cpu:.3f} s of CPU")
            how = f"{sizes.forward_passes} passes of {batch} pages through the tiny model, {cpu:.3f} s of CPU per page"
            yield Figure(f"batching_{model}_{batch}_s", seconds, how)


def _load_reader(model: str, batch: int) -> Reader:
    settings: dict[str, Any] = {"model_dir": MODELS_DIR / model, "device": "cpu", "max_batch_size": batch}
    reader = _ENGINES[model](kafka_bootstrap_servers="nowhere:9092", max_wait_ms=_BATCH_WAIT_MS, **settings)
    reader.load()
    return reader


def _measure_page(reader: Reader, batch: int, passes: int) -> tuple[float, float]:
    """Return seconds and seconds of CPU per page, while `batch` threads read at the same time."""
    pages = [render_page(LINES[number % len(LINES)]) for number in range(batch)]
    with ThreadPoolExecutor(batch) as threads:
        began, used = time.monotonic(), time.process_time()
        for _ in range(passes):
            list(threads.map(lambda image: reader.read(image, ("deu",)), pages))
        count = batch * passes
        return (time.monotonic() - began) / count, (time.process_time() - used) / count

"""What it is worth that pages share a forward pass: seconds per page by how many do, with the tiny models on a CPU."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from functions.deepseek.reader import DeepSeek
from functions.deepseek.settings import DeepSeekSettings
from functions.engine.reader import Reader
from functions.gotocr.reader import GotOcr
from functions.gotocr.settings import GotOcrSettings
from tests.bench.figures import BATCHED, BATCHES, Figure
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.checkpoints.lines import HOME, LINES, page
from tests.kit import Running

#: Seconds until a pass is full.
_PATIENCE_MS = 10_000
_ENGINES: dict[str, Callable[..., Reader]] = {
    "got": lambda **settings: GotOcr(GotOcrSettings(**settings)),
    "janus": lambda **settings: DeepSeek(DeepSeekSettings(**settings)),
    "deepseek": lambda **settings: DeepSeek(DeepSeekSettings(**settings)),
}


def measure(_: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    for model in BATCHED:
        for batch in BATCHES:
            seconds, cpu = _per_page(_reader(model, batch), batch, sizes.passes)
            say(f"batching: {model} {batch} at a time: {seconds:.3f} s a page, {cpu:.3f} s of CPU")
            how = f"{sizes.passes} passes of {batch} pages through the tiny model, {cpu:.3f} s of CPU a page"
            yield Figure(f"batching_{model}_{batch}_s", seconds, how)


def _reader(model: str, batch: int) -> Reader:
    settings: dict[str, Any] = {"model_dir": HOME / model, "device": "cpu", "max_batch_size": batch}
    reader = _ENGINES[model](kafka_bootstrap_servers="nowhere:9092", max_wait_ms=_PATIENCE_MS, **settings)
    reader.load()
    return reader


def _per_page(reader: Reader, batch: int, passes: int) -> tuple[float, float]:
    """Seconds and seconds of CPU, when so many threads read at a time."""
    pages = [page(LINES[number % len(LINES)]) for number in range(batch)]
    with ThreadPoolExecutor(batch) as threads:
        began, used = time.monotonic(), time.process_time()
        for _ in range(passes):
            list(threads.map(lambda image: reader.read(image, ("deu",)), pages))
        count = batch * passes
        return (time.monotonic() - began) / count, (time.process_time() - used) / count

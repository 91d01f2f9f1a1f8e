"""Measure time and memory of forward passes on a GPU. One thread per page calls the engine's reader, as requests do."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from functions.deepseek.reader import ADAPTERS, DeepSeek
from functions.deepseek.settings import DeepSeekSettings
from functions.engine.models.page_model import to_rgb_image
from functions.engine.reader import Raster
from functions.gotocr.reader import GotOcr, build_adapter
from functions.gotocr.settings import GotOcrSettings
from functions.surya.inference import ModelRequest
from functions.surya.settings import SuryaSettings
from tests.checkpoints.lines import LINES, render_first_page
from tests.unit.documents.document_builders import build_pdf, draw_text

#: Numbers of pages that are read at the same time.
GPU_BATCH_SIZES = (1, 2, 4, 8, 16)
_GIB = 1 << 30
#: So long that no pass is ended by its deadline.
_DEADLINE_SECONDS = 3600

#: Reads a page and returns the number of generated tokens.
ReadPage = Callable[[Raster], float]


class Pass(NamedTuple):
    """Time and memory of a pass. `peak_gib` includes the model, but no memory that was allocated before its loading."""

    batch: int
    tokens: int
    seconds: float
    peak_gib: float

    @property
    def pages_per_second(self) -> float:
        return self.batch / self.seconds


def render_a4_page(size: int = 11) -> Raster:
    """Return a page full of text lines: 300 dpi, 2480 x 3509 pixels."""
    lines = [draw_text(" - ".join(LINES), size=size, at=(50, height)) for height in range(60, 800, size + 4)]
    return render_first_page(build_pdf([b"".join(lines)]))


def load_model(model: str, folder: Path, *, batch: int, tokens: int, device: str) -> tuple[ReadPage, float]:
    """Load a model, and return a function that reads with it and the seconds of loading.

    Loading includes the weights from the folder to the device, and the first pass.
    """
    settings: dict[str, Any] = {
        "kafka_bootstrap_servers": "nowhere:9092",
        "model_dir": folder,
        "device": device,
        "max_batch_size": batch,
        "max_new_tokens": tokens,
        "deadline_seconds": _DEADLINE_SECONDS,
    }
    began = time.monotonic()
    return _LOADERS[model.partition("-")[0]](settings), time.monotonic() - began


def run_passes(read: ReadPage, page: Raster, batches: Sequence[int], *, before: int) -> Iterator[Pass]:
    """Run a pass for each batch size. `before` has the bytes that torch had allocated before it loaded the model."""
    import torch  # noqa: PLC0415  # it takes seconds, and is loaded already

    for batch in batches:
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        with ThreadPoolExecutor(batch) as threads:
            began = time.monotonic()
            tokens = list(threads.map(read, [page] * batch))
            seconds = time.monotonic() - began
        yield Pass(batch, int(max(tokens)), seconds, (get_peak_bytes() - before) / _GIB)


def measure_preparation(model: str, folder: Path, page: Raster) -> float:
    """Return the seconds in which the processor makes tensors of one page on the CPU. The GPU waits meanwhile."""
    from transformers import AutoProcessor  # noqa: PLC0415  # it takes seconds, and is loaded already

    processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
    image, prepare = to_rgb_image(page), _PREPARERS[model.partition("-")[0]]
    prepare(processor, image)
    began = time.monotonic()
    prepare(processor, image)
    return time.monotonic() - began


def get_allocated_bytes() -> int:
    """Return the bytes of GPU memory that tensors occupy now, or 0 without a GPU."""
    import torch  # noqa: PLC0415  # it takes seconds, and is loaded already

    return torch.cuda.memory_allocated() if torch.cuda.is_available() else 0


def get_peak_bytes() -> int:
    """Return the largest number of bytes since the last reset of the statistics, or 0 without a GPU."""
    import torch  # noqa: PLC0415  # it takes seconds, and is loaded already

    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0


def _load_got(settings: dict[str, Any]) -> ReadPage:
    return _load_reader(GotOcr(GotOcrSettings(**settings)))


def _load_deepseek(settings: dict[str, Any]) -> ReadPage:
    return _load_reader(DeepSeek(DeepSeekSettings(**settings)))


def _load_reader(reader: GotOcr | DeepSeek) -> ReadPage:
    reader.load()
    return lambda page: reader.read(page, ("deu",)).signals["tokens"]


def _load_surya(settings: dict[str, Any]) -> ReadPage:
    """Load Surya. A page takes one request, for the whole page: later requests depend on answers of trained weights."""
    from functions.surya.local_model import LocalModel  # noqa: PLC0415  # the reader imports it late as well

    send = LocalModel(SuryaSettings(**settings)).start_page()
    return lambda page: send(_build_request(to_rgb_image(page), settings["max_new_tokens"])).token_count


def _build_request(image: Any, tokens: int) -> ModelRequest:
    from functions.surya.library import PROMPT_MAPPING, PROMPT_TYPE_HIGH_ACCURACY_BBOX, scale_to_fit  # noqa: PLC0415  # the import takes seconds

    return ModelRequest(scale_to_fit(image), PROMPT_MAPPING[PROMPT_TYPE_HIGH_ACCURACY_BBOX], tokens)


def _prepare_surya_inputs(processor: Any, image: Any) -> Any:
    from functions.surya.local_model import prepare_inputs  # noqa: PLC0415  # the reader imports it late as well

    return prepare_inputs(processor, [_build_request(image, 1)])


_LOADERS: dict[str, Callable[[dict[str, Any]], ReadPage]] = {
    "got": _load_got,
    "janus": _load_deepseek,
    "deepseek": _load_deepseek,
    "surya": _load_surya,
}
_PREPARERS: dict[str, Callable[[Any, Any], Any]] = {
    "got": lambda processor, image: build_adapter(formatted=False).prepare_inputs(processor, [image]),
    "janus": lambda processor, image: ADAPTERS["janus"].prepare_inputs(processor, [image]),
    "deepseek": lambda processor, image: ADAPTERS["deepseek_ocr2"].prepare_inputs(processor, [image]),
    "surya": _prepare_surya_inputs,
}

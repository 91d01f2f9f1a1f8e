"""Seconds and memory of passes, as requests see them: a thread per page, each of which calls the engine's reader."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from functions.deepseek.reader import QUESTIONS, DeepSeek
from functions.deepseek.settings import DeepSeekSettings
from functions.engine.models.pages import picture
from functions.engine.reader import Raster
from functions.gotocr.reader import GotOcr, question
from functions.gotocr.settings import GotOcrSettings
from functions.surya.questions import Question
from functions.surya.settings import SuryaSettings
from tests.checkpoints.lines import LINES, rendered
from tests.unit.documents.handmade import line, pdf

#: Pages that are read at the same time.
BATCHES = (1, 2, 4, 8, 16)
_GIB = 1 << 30
#: No pass is cut off by time.
_DEADLINE_SECONDS = 3600

#: Reads a page and says how many tokens it wrote.
Read = Callable[[Raster], float]


class Pass(NamedTuple):
    """`peak_gib` is what torch held beyond what it held before the model was loaded, the model among it."""

    batch: int
    tokens: int
    seconds: float
    peak_gib: float

    @property
    def pages_per_second(self) -> float:
        return self.batch / self.seconds


def a4(size: int = 11) -> Raster:
    """A page of 300 dpi, 2480 x 3508 pixels, full of lines."""
    lines = [line(" - ".join(LINES), size=size, at=(50, height)) for height in range(60, 800, size + 4)]
    return rendered(pdf([b"".join(lines)]))


def loaded(model: str, folder: Path, *, batch: int, tokens: int, device: str) -> tuple[Read, float]:
    """How to read with it, and the seconds until that: weights from the folder to the device, and the first pass."""
    settings: dict[str, Any] = {
        "kafka_bootstrap_servers": "nowhere:9092",
        "model_dir": folder,
        "device": device,
        "max_batch_size": batch,
        "max_new_tokens": tokens,
        "deadline_seconds": _DEADLINE_SECONDS,
    }
    began = time.monotonic()
    return _READS[model.partition("-")[0]](settings), time.monotonic() - began


def passes(read: Read, page: Raster, batches: Sequence[int], *, before: int) -> Iterator[Pass]:
    """One pass for each of these; `before` are the bytes that torch held before it loaded the model."""
    import torch  # noqa: PLC0415  # loaded by now

    for batch in batches:
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        with ThreadPoolExecutor(batch) as threads:
            began = time.monotonic()
            tokens = list(threads.map(read, [page] * batch))
            seconds = time.monotonic() - began
        yield Pass(batch, int(max(tokens)), seconds, (peak() - before) / _GIB)


def prepared(model: str, folder: Path, page: Raster) -> float:
    """Seconds in which the processor makes tensors of one page, on the CPU: the GPU waits meanwhile."""
    from transformers import AutoProcessor  # noqa: PLC0415  # loaded by now

    processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
    seen, make = picture(page), _INPUTS[model.partition("-")[0]]
    make(processor, seen)
    began = time.monotonic()
    make(processor, seen)
    return time.monotonic() - began


def held() -> int:
    """Bytes of the GPU's memory that tensors take now; 0 without one."""
    import torch  # noqa: PLC0415  # loaded by now

    return torch.cuda.memory_allocated() if torch.cuda.is_available() else 0


def peak() -> int:
    """The most that they have taken since that was last asked anew."""
    import torch  # noqa: PLC0415  # loaded by now

    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0


def _got(settings: dict[str, Any]) -> Read:
    return _pages(GotOcr(GotOcrSettings(**settings)))


def _deepseek(settings: dict[str, Any]) -> Read:
    return _pages(DeepSeek(DeepSeekSettings(**settings)))


def _pages(reader: GotOcr | DeepSeek) -> Read:
    reader.load()
    return lambda page: reader.read(page, ("deu",)).signals["tokens"]


def _surya(settings: dict[str, Any]) -> Read:
    """One question per page, the whole page's: what is asked further depends on answers, and these are nonsense."""
    from functions.surya.local import Local  # noqa: PLC0415  # as the reader itself

    ask = Local(SuryaSettings(**settings)).page()
    return lambda page: ask(_whole_page(picture(page), settings["max_new_tokens"])).tokens


def _whole_page(seen: Any, tokens: int) -> Question:
    from functions.surya.library import PROMPT_MAPPING, PROMPT_TYPE_HIGH_ACCURACY_BBOX, scale_to_fit  # noqa: PLC0415  # seconds

    return Question(scale_to_fit(seen), PROMPT_MAPPING[PROMPT_TYPE_HIGH_ACCURACY_BBOX], tokens)


def _surya_inputs(processor: Any, seen: Any) -> Any:
    from functions.surya.local import inputs  # noqa: PLC0415  # as the reader itself

    return inputs(processor, [_whole_page(seen, 1)])


_READS: dict[str, Callable[[dict[str, Any]], Read]] = {
    "got": _got,
    "janus": _deepseek,
    "deepseek": _deepseek,
    "surya": _surya,
}
_INPUTS: dict[str, Callable[[Any, Any], Any]] = {
    "got": lambda processor, seen: question(formatted=False).inputs(processor, [seen]),
    "janus": lambda processor, seen: QUESTIONS["janus"].inputs(processor, [seen]),
    "deepseek": lambda processor, seen: QUESTIONS["deepseek_ocr2"].inputs(processor, [seen]),
    "surya": _surya_inputs,
}

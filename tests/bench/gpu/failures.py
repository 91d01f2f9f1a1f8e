"""What an engine does when the memory of a GPU runs out, really, and when the GPU itself is lost."""

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from functions.engine.reader import Raster
from tests.bench.gpu.passes import Read, a4, held, loaded
from tests.checkpoints.lines import LINES, page

_MIB = 1 << 20
#: Enough for a pass to have a beginning and an end.
_TOKENS = 8
_MANY = 16
#: An index that is out of bounds is noticed on the device, whose context is lost with that.
_ASSERT = """
import torch
from functions.engine.models.batching import Batcher

def run(inputs):
    table = torch.zeros(4, device="cuda")
    return table[torch.tensor([int(i) for i in inputs], device="cuda")].tolist()

Batcher(run, size=1, wait_seconds=0)(1_000_000)
print("still here")
"""


def halved(model: str, folder: Path, device: str) -> dict[str, Any]:
    """Sixteen pages at a time, where memory is enough for eight: who is answered, after which batches."""
    read, _ = loaded(model, folder, batch=_MANY, tokens=_TOKENS, device=device)
    full = a4()
    fits, needed = _needed(read, [full] * (_MANY // 2)), _needed(read, [full] * _MANY)
    with _memory((fits + needed) // 2):
        short = told(read, [full] * _MANY)
    again = told(read, [full] * _MANY)
    return {"eight_mib": fits // _MIB, "sixteen_mib": needed // _MIB, "short": short, "afterwards": again}


def alone(model: str, folder: Path, device: str) -> dict[str, Any]:
    """A page that is too large for memory among three that are not."""
    read, _ = loaded(model, folder, batch=4, tokens=_TOKENS, device=device)
    small, large = page(LINES[0]), a4()
    fits, needed = _needed(read, [small]), _needed(read, [large])
    with _memory((fits + needed) // 2):
        short = told(read, [small, large, small, small])
    again = told(read, [large])
    return {"small_mib": fits // _MIB, "large_mib": needed // _MIB, "short": short, "afterwards": again}


def lost() -> dict[str, Any]:
    """A process whose GPU is lost ends itself; with which status, and its last line."""
    ended = subprocess.run([sys.executable, "-c", _ASSERT], capture_output=True, text=True, check=False, timeout=120)
    return {"status": ended.returncode, "said": ended.stdout.strip().splitlines()[-1:]}


def _needed(read: Read, pages: Sequence[Raster]) -> int:
    """Bytes that torch takes from the GPU for these at a time, with all that it holds beside them."""
    import torch  # noqa: PLC0415  # loaded by now

    _freed()
    torch.cuda.reset_peak_memory_stats()
    _answers(read, pages)
    return int(torch.cuda.max_memory_reserved())


@contextmanager
def _memory(most: int) -> Iterator[None]:
    """With so many bytes of the GPU and no more."""
    import torch  # noqa: PLC0415  # loaded by now

    _freed()
    torch.cuda.set_per_process_memory_fraction(most / torch.cuda.get_device_properties(0).total_memory)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def told(read: Read, pages: Sequence[Raster]) -> dict[str, Any]:
    """Each page's tokens or error, what the batcher logged, and what memory was held before and after."""
    before = held()
    with capture_logs() as logs:
        answers = _answers(read, pages)
    halves = [entry["batch"] for entry in logs if entry["event"] == "batch.out_of_memory"]
    gc.collect()
    return {"answers": answers, "too_much": halves, "kept_mib": round((held() - before) / _MIB, 1)}


def _answers(read: Read, pages: Sequence[Raster]) -> list[str]:
    with ThreadPoolExecutor(len(pages)) as threads:
        return list(threads.map(lambda each: _answer(lambda: read(each)), pages))


def _answer(reading: Callable[[], float]) -> str:
    try:
        return f"{reading():.0f} tokens"
    except Exception as error:  # noqa: BLE001  # which one it is, is what is asked
        return type(error).__name__


def _freed() -> None:
    import torch  # noqa: PLC0415  # loaded by now

    gc.collect()
    torch.cuda.empty_cache()

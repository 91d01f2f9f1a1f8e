"""Measure what an engine does when a real GPU runs out of memory, and when the process loses the GPU."""

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
from tests.bench.gpu.passes import ReadPage, get_allocated_bytes, load_model, render_a4_page
from tests.checkpoints.lines import LINES, render_page

_MIB = 1 << 20
#: A few tokens, so that a pass is short but has all its phases.
_TOKENS = 8
_MANY = 16
#: The GPU detects the index that is out of bounds. The CUDA context of the process is then unusable.
_FAIL_ON_DEVICE = """
import torch
from functions.engine.models.batching import Batcher

def run(inputs):
    table = torch.zeros(4, device="cuda")
    return table[torch.tensor([int(i) for i in inputs], device="cuda")].tolist()

Batcher(run, size=1, wait_seconds=0)(1_000_000)
print("still here")
"""


def measure_halving(model: str, folder: Path, device: str) -> dict[str, Any]:
    """Read sixteen pages at a time with memory for eight. Return the answers and the batches that were too large."""
    read, _ = load_model(model, folder, batch=_MANY, tokens=_TOKENS, device=device)
    full = render_a4_page()
    fits, needed = _measure_reserved_bytes(read, [full] * (_MANY // 2)), _measure_reserved_bytes(read, [full] * _MANY)
    with _limit_memory((fits + needed) // 2):
        short = record_answers(read, [full] * _MANY)
    again = record_answers(read, [full] * _MANY)
    return {"eight_mib": fits // _MIB, "sixteen_mib": needed // _MIB, "short": short, "afterwards": again}


def measure_oversized_page(model: str, folder: Path, device: str) -> dict[str, Any]:
    """Read a page that is too large for the memory together with three small pages."""
    read, _ = load_model(model, folder, batch=4, tokens=_TOKENS, device=device)
    small, large = render_page(LINES[0]), render_a4_page()
    fits, needed = _measure_reserved_bytes(read, [small]), _measure_reserved_bytes(read, [large])
    with _limit_memory((fits + needed) // 2):
        short = record_answers(read, [small, large, small, small])
    again = record_answers(read, [large])
    return {"small_mib": fits // _MIB, "large_mib": needed // _MIB, "short": short, "afterwards": again}


def measure_lost_gpu() -> dict[str, Any]:
    """Return exit status and last line of a process that loses its GPU. It must end itself."""
    ended = subprocess.run(
        [sys.executable, "-c", _FAIL_ON_DEVICE], capture_output=True, text=True, check=False, timeout=120
    )
    return {"status": ended.returncode, "said": ended.stdout.strip().splitlines()[-1:]}


def _measure_reserved_bytes(read: ReadPage, pages: Sequence[Raster]) -> int:
    """Return the bytes that torch reserves on the GPU in total while it reads these pages at the same time."""
    import torch  # noqa: PLC0415  # it takes seconds, and is loaded already

    _free_memory()
    torch.cuda.reset_peak_memory_stats()
    _read_all(read, pages)
    return int(torch.cuda.max_memory_reserved())


@contextmanager
def _limit_memory(limit: int) -> Iterator[None]:
    """Limit torch to this number of bytes on the GPU during the context."""
    import torch  # noqa: PLC0415  # it takes seconds, and is loaded already

    _free_memory()
    torch.cuda.set_per_process_memory_fraction(limit / torch.cuda.get_device_properties(0).total_memory)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def record_answers(read: ReadPage, pages: Sequence[Raster]) -> dict[str, Any]:
    """Return each page's tokens or error, the sizes of batches without enough memory, and the growth of used memory."""
    before = get_allocated_bytes()
    with capture_logs() as logs:
        answers = _read_all(read, pages)
    halves = [entry["batch"] for entry in logs if entry["event"] == "batch.out_of_memory"]
    gc.collect()
    return {"answers": answers, "too_much": halves, "kept_mib": round((get_allocated_bytes() - before) / _MIB, 1)}


def _read_all(read: ReadPage, pages: Sequence[Raster]) -> list[str]:
    with ThreadPoolExecutor(len(pages)) as threads:
        return list(threads.map(lambda page: _describe_answer(lambda: read(page)), pages))


def _describe_answer(reading: Callable[[], float]) -> str:
    try:
        return f"{reading():.0f} tokens"
    except Exception as error:  # noqa: BLE001  # the name of the error is the result
        return type(error).__name__


def _free_memory() -> None:
    import torch  # noqa: PLC0415  # it takes seconds, and is loaded already

    gc.collect()
    torch.cuda.empty_cache()

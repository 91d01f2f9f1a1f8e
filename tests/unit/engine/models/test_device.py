"""What torch raises when a GPU is full, or lost, is known by its name: torch need not be loaded to ask."""

import threading
from collections.abc import Sequence

import pytest
import torch

from functions.engine.models import batching
from functions.engine.models.batching import Batcher
from functions.engine.models.device import lost
from functions.engine.models.memory import out_of_memory

_SOON = 10.0


def test_a_gpu_without_memory_is_full_and_not_lost() -> None:
    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    assert (out_of_memory(error), lost(error)) == (True, False)


def test_a_driver_without_memory_is_full_and_not_lost() -> None:
    error = torch.AcceleratorError("CUDA error: out of memory")
    assert (out_of_memory(error), lost(error)) == (True, False)


def test_a_gpu_that_came_upon_a_wrong_index_is_lost() -> None:
    error = torch.AcceleratorError("CUDA error: device-side assert triggered")
    assert (out_of_memory(error), lost(error)) == (False, True)


def test_a_lost_device_ends_the_process_before_any_page_is_told_that_it_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def end(_: BaseException) -> None:
        ended.set()
        threading.Event().wait()  # whoever ends a process does not come back

    def broken(_: Sequence[int]) -> Sequence[int]:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(batching, "end", end)
    batcher = Batcher(broken, size=8, wait_seconds=0)
    threading.Thread(target=batcher, args=[1], daemon=True).start()
    assert ended.wait(_SOON)


def test_a_device_that_is_only_full_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def full(_: Sequence[int]) -> Sequence[int]:
        raise torch.AcceleratorError("CUDA error: out of memory")

    monkeypatch.setattr(batching, "end", lambda _: ended.set())
    with pytest.raises(torch.AcceleratorError):
        Batcher(full, size=8, wait_seconds=0)(1)
    assert not ended.is_set()
